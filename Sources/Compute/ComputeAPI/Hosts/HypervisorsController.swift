import ComputeModel
import ComputeStore
import Core
import HTTPTypes
import WebAPI

/// `/os-hypervisors`.
struct HypervisorsController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    var operations: [Operation] {
        [
            Operation(.get, "/os-hypervisors", policy: ComputePolicy.hypervisorList) { [self] in
                try await list($0, isDetailed: false)
            },
            Operation(.get, "/os-hypervisors/detail", policy: ComputePolicy.hypervisorDetail) { [self] in
                try await list($0, isDetailed: true)
            },
            Operation(
                .get, "/os-hypervisors/statistics", .until("2.87"), policy: ComputePolicy.hypervisorStatistics
            ) { [self] _ in try await statistics() },
            Operation(.get, "/os-hypervisors/{id}", policy: ComputePolicy.hypervisorShow) { [self] request in
                let (node, service) = try await find(request)
                let servers = try await servers(on: [node], request)
                return .json { json in
                    json.object {
                        $0.field("hypervisor") {
                            view(node, service, request).write(&$0, isDetailed: true, servers: servers[node.id])
                        }
                    }
                }
            },
            Operation(
                .get, "/os-hypervisors/{id}/uptime", .until("2.87"), policy: ComputePolicy.hypervisorShow
            ) { [self] request in
                let (node, service) = try await find(request)
                return .json { json in
                    json.object {
                        $0.field("hypervisor") { view(node, service, request).writeUptime(&$0) }
                    }
                }
            },
            Operation(
                .get, "/os-hypervisors/{id}/search", .until("2.52"), policy: ComputePolicy.hypervisorSearch
            ) { [self] request in try await search(request, withServers: false) },
            Operation(
                .get, "/os-hypervisors/{id}/servers", .until("2.52"), policy: ComputePolicy.hypervisorServers
            ) { [self] request in try await search(request, withServers: true) },
        ]
    }

    private typealias Pair = (ComputeNode, ComputeService?)

    private func view(_ node: ComputeNode, _ service: ComputeService?, _ request: APIRequest) -> HypervisorView {
        HypervisorView(node: node, service: service, now: env.clock.now(), version: request.version)
    }

    private func all() async throws -> [Pair] {
        let services = try await HostStore.services(in: env.database).filter { $0.binary == "nova-compute" }
        let byHost = Dictionary(services.map { ($0.host, $0) }, uniquingKeysWith: { first, _ in first })
        return try await HostStore.nodes(in: env.database).map { ($0, byHost[$0.report.host]) }
    }

    private func find(_ request: APIRequest) async throws -> Pair {
        let id = try request.parameter("id")
        let found = try await all().first { node, _ in
            request.version >= "2.53" ? node.id == id : String(node.number) == id || node.id == id
        }
        guard let found else {
            throw ServiceError(.notFound, "Hypervisor with ID '\(id)' could not be found.")
        }
        return found
    }

    private func servers(on nodes: [ComputeNode], _ request: APIRequest) async throws -> [String: [Server]] {
        guard
            request.version >= "2.53" && request.query.last("with_servers")?.lowercased() == "true"
                || request.version >= "2.75"
        else { return [:] }
        return try await byNode(nodes)
    }

    private func byNode(_ nodes: [ComputeNode]) async throws -> [String: [Server]] {
        let byHost = try await ServerStore.onHosts(nodes.map(\.report.host), in: env.database)
        return nodes.reduce(into: [:]) { $0[$1.id] = byHost[$1.report.host] ?? [] }
    }

    private func list(_ request: APIRequest, isDetailed: Bool) async throws -> APIResponse {
        var pairs = try await all()
        if let pattern = request.query.last("hypervisor_hostname_pattern"), request.version >= "2.53" {
            pairs = pairs.filter { $0.0.report.node.contains(pattern) }
            guard !pairs.isEmpty else {
                throw ServiceError(.notFound, "No hypervisor matching '\(pattern)' could be found.")
            }
        }
        let paging = try Paging(request.query, maxLimit: env.options.maxLimit)
        if let marker = paging.marker {
            guard let index = pairs.firstIndex(where: { $0.0.id == marker }) else {
                throw ServiceError(.badRequest, "marker [\(marker)] not found")
            }
            pairs = Array(pairs[(index + 1)...])
        }
        let limit = paging.limit ?? env.options.maxLimit
        let page = Array(pairs.prefix(limit))
        let servers = request.query.last("with_servers") == nil ? [:] : try await servers(on: page.map(\.0), request)
        let next = request.version >= "2.33" && page.count < pairs.count ? page.last?.0.id : nil
        return .json { json in
            json.object { json in
                json.field("hypervisors") {
                    $0.array(page) { json, pair in
                        view(pair.0, pair.1, request).write(
                            &json, isDetailed: isDetailed, servers: servers[pair.0.id])
                    }
                }
                PagingLinks.nova(&json, collection: "hypervisors", request: request, nextMarker: next, limit: limit)
            }
        }
    }

    private func search(_ request: APIRequest, withServers: Bool) async throws -> APIResponse {
        let pattern = try request.parameter("id")
        let pairs = try await all().filter { $0.0.report.node.contains(pattern) }
        guard !pairs.isEmpty else {
            throw ServiceError(.notFound, "No hypervisor matching '\(pattern)' could be found.")
        }
        let servers = withServers ? try await byNode(pairs.map(\.0)) : [:]
        return .json { json in
            json.object {
                $0.field("hypervisors") {
                    $0.array(pairs) { json, pair in
                        view(pair.0, pair.1, request).write(&json, isDetailed: false, servers: servers[pair.0.id])
                    }
                }
            }
        }
    }

    private func statistics() async throws -> APIResponse {
        let reports = try await all().map(\.0.report)
        func sum(_ value: (HostReport) -> Int) -> Int { reports.reduce(0) { $0 + value($1) } }
        return .json { json in
            json.object {
                $0.field("hypervisor_statistics") {
                    $0.object {
                        $0.field("count", reports.count)
                        $0.field("vcpus", sum(\.vcpus))
                        $0.field("vcpus_used", sum(\.vcpusUsed))
                        $0.field("memory_mb", sum(\.memoryMiB))
                        $0.field("memory_mb_used", sum(\.memoryUsedMiB))
                        $0.field("free_ram_mb", sum { $0.memoryMiB - $0.memoryUsedMiB })
                        $0.field("local_gb", sum(\.diskGiB))
                        $0.field("local_gb_used", sum(\.diskUsedGiB))
                        $0.field("free_disk_gb", sum { $0.diskGiB - $0.diskUsedGiB })
                        $0.field("disk_available_least", sum(\.diskFreeGiB))
                        $0.field("current_workload", 0)
                        $0.field("running_vms", sum(\.runningServers))
                    }
                }
            }
        }
    }
}
