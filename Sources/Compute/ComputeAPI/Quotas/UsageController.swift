import ComputeModel
import ComputeStore
import Core
import FoundationEssentials
import HTTPTypes
import WebAPI

/// `/os-simple-tenant-usage`: how long which servers ran.
struct UsageController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    var operations: [Operation] {
        [
            Operation(.get, "/os-simple-tenant-usage", policy: ComputePolicy.usageList) { [self] request in
                let period = try period(request)
                let servers = try await servers(nil, period)
                let isDetailed = request.query.last("detailed") == "1"
                let projects = Dictionary(grouping: servers, by: \.project).sorted { $0.key < $1.key }
                return .json { json in
                    json.object {
                        $0.field("tenant_usages") {
                            $0.array(projects) { json, item in
                                Usage(project: item.key, servers: item.value, period: period, now: env.clock.now())
                                    .write(&json, isDetailed: isDetailed)
                            }
                        }
                    }
                }
            },
            Operation(.get, "/os-simple-tenant-usage/{project}") { [self] request in
                let project = ProjectID(try request.parameter("project"))
                try request.authorize(ComputePolicy.usageShow, target: ["project_id": project.rawValue])
                let period = try period(request)
                let servers = try await servers(project, period)
                return .json { json in
                    json.object {
                        $0.field("tenant_usage") { json in
                            if servers.isEmpty {
                                json.object { _ in }
                            } else {
                                Usage(project: project, servers: servers, period: period, now: env.clock.now())
                                    .write(&json, isDetailed: true)
                            }
                        }
                    }
                }
            },
        ]
    }

    private func period(_ request: APIRequest) throws -> (start: Date, stop: Date) {
        func date(_ name: String) throws -> Date {
            guard let text = request.query.last(name) else { return env.clock.now() }
            guard let date = Date(iso8601: text) else {
                throw ServiceError(.badRequest, "Datetime is in invalid format")
            }
            return date
        }
        let (start, stop) = (try date("start"), try date("end"))
        guard start <= stop else {
            throw ServiceError(.badRequest, "Invalid start time. The start time cannot occur after the end time.")
        }
        return (start, stop)
    }

    private func servers(_ project: ProjectID?, _ period: (start: Date, stop: Date)) async throws -> [Server] {
        var filter = ServerFilter()
        filter.project = project
        filter.deleted = .both
        let all = try await ServerListStore.list(filter, after: nil, limit: env.options.maxLimit, in: env.database)
        return all.filter { $0.createdAt <= period.stop && ($0.terminatedAt ?? period.stop) >= period.start }
    }
}

/// One project's use in a period.
private struct Usage {
    let project: ProjectID
    let servers: [Server]
    let period: (start: Date, stop: Date)
    let now: Date

    private func hours(_ server: Server) -> Double {
        guard let launched = server.launchedAt else { return 0 }
        let from = max(launched, period.start)
        let to = min(server.terminatedAt ?? now, period.stop)
        return max(0, to.timeIntervalSince(from) / 3600)
    }

    func write(_ json: inout JSONWriter, isDetailed: Bool) {
        func sum(_ weight: (Server) -> Double) -> Double { servers.reduce(0) { $0 + hours($1) * weight($1) } }
        json.object { json in
            json.field("tenant_id", project)
            json.field("start", period.start.iso8601Micro)
            json.field("stop", period.stop.iso8601Micro)
            json.field("total_hours", sum { _ in 1 })
            json.field("total_vcpus_usage", sum { Double($0.flavor.vcpus) })
            json.field("total_memory_mb_usage", sum { Double($0.flavor.memoryMiB) })
            json.field("total_local_gb_usage", sum { Double($0.flavor.rootGiB + $0.flavor.ephemeralGiB) })
            if isDetailed {
                json.field("server_usages") { $0.array(servers) { json, server in write(&json, server) } }
            }
        }
    }

    private func write(_ json: inout JSONWriter, _ server: Server) {
        json.object {
            $0.field("instance_id", server.id)
            $0.field("name", server.name)
            $0.field("tenant_id", server.project)
            $0.field("flavor", server.flavor.name)
            $0.field("vcpus", server.flavor.vcpus)
            $0.field("memory_mb", server.flavor.memoryMiB)
            $0.field("local_gb", server.flavor.rootGiB + server.flavor.ephemeralGiB)
            $0.field("hours", hours(server))
            $0.field("started_at", (server.launchedAt ?? server.createdAt).iso8601Micro)
            $0.field("ended_at", server.terminatedAt?.iso8601Micro)
            $0.field("state", server.deletedAt == nil ? server.vmState.rawValue : "terminated")
            $0.field("uptime", Int(max(0, (server.terminatedAt ?? now).timeIntervalSince(server.launchedAt ?? now))))
        }
    }
}
