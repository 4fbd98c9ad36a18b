import ComputeModel
import ComputeStore
import Core
import FoundationEssentials
import HTTPTypes
import Messaging
import SchedulerModel
import WebAPI

/// `/os-services`.
struct ServicesController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    var operations: [Operation] {
        [
            Operation(.get, "/os-services", policy: ComputePolicy.serviceList) { [self] in try await list($0) },
            old("enable") { [self] in try await setDisabled($0, false, reason: nil) },
            old("disable") { [self] in try await setDisabled($0, true, reason: nil) },
            old("disable-log-reason") { [self] request in
                try await setDisabled(request, true, reason: request.body["disabled_reason"]?.string)
            },
            old("force-down") { [self] request in
                let service = try await find(request)
                let isDown = ServerPlanner.bool(request.body["forced_down"])
                _ = try await HostStore.setForcedDown(
                    isDown, id: service.id, at: env.clock.now(), in: env.database)
                return .json { json in
                    json.object {
                        $0.field("service") {
                            $0.object {
                                $0.field("binary", service.binary)
                                $0.field("host", service.host)
                                $0.field("forced_down", isDown)
                            }
                        }
                    }
                }
            },
            Operation(.put, "/os-services/{id}", .since("2.53"), policy: ComputePolicy.serviceUpdate) { [self] in
                try await update($0)
            },
            Operation(.delete, "/os-services/{id}", policy: ComputePolicy.serviceUpdate, success: .noContent) {
                [self] in try await delete($0)
            },
        ]
    }

    /// The forms of before 2.53, which name host and binary in the body.
    private func old(
        _ path: String, _ handler: @escaping @Sendable (APIRequest) async throws -> APIResponse
    ) -> Operation {
        Operation(.put, "/os-services/\(path)", .until("2.52"), policy: ComputePolicy.serviceUpdate, handler: handler)
    }

    private func find(_ request: APIRequest) async throws -> ComputeService {
        let host = request.body["host"]?.string ?? ""
        let binary = request.body["binary"]?.string ?? ""
        let all = try await HostStore.services(in: env.database)
        guard let service = all.first(where: { $0.host == host && $0.binary == binary }) else {
            throw ServiceError(.notFound, "Could not find binary \(binary) on host \(host).")
        }
        return service
    }

    private func setDisabled(_ request: APIRequest, _ isDisabled: Bool, reason: String?) async throws -> APIResponse {
        let service = try await find(request)
        _ = try await HostStore.setDisabled(
            isDisabled, reason: reason, id: service.id, at: env.clock.now(), in: env.database)
        return .json { json in
            json.object {
                $0.field("service") {
                    $0.object {
                        $0.field("binary", service.binary)
                        $0.field("host", service.host)
                        $0.field("status", isDisabled ? "disabled" : "enabled")
                        if let reason { $0.field("disabled_reason", reason) }
                    }
                }
            }
        }
    }

    private func update(_ request: APIRequest) async throws -> APIResponse {
        let id = try Self.id(request)
        let missing = ServiceError(.notFound, "Service \(id) could not be found.")
        let body = request.body
        var service = try await HostStore.services(in: env.database).first { $0.id == id }
        guard service != nil else { throw missing }
        let now = env.clock.now()
        if let status = body["status"]?.string {
            guard status == "enabled" || status == "disabled" else {
                throw ServiceError(.badRequest, "Invalid input for field/attribute status. Value: \(status).")
            }
            service = try await HostStore.setDisabled(
                status == "disabled", reason: status == "disabled" ? body["disabled_reason"]?.string : nil, id: id,
                at: now, in: env.database)
        }
        if let isDown = body["forced_down"]?.bool {
            service = try await HostStore.setForcedDown(isDown, id: id, at: now, in: env.database)
        }
        guard let service else { throw missing }
        return .json { json in
            json.object { $0.field("service") { Self.write(&$0, service, "nova", request.version, now) } }
        }
    }

    /// - Throws: `.badRequest` for what cannot be an id at the request's version.
    private static func id(_ request: APIRequest) throws -> String {
        let id = try request.parameter("id")
        if request.version >= "2.53" {
            guard isUUIDLike(id) else { throw ServiceError(.badRequest, "Invalid uuid \(id)") }
        } else {
            guard Int(id) != nil else { throw ServiceError(.badRequest, "id must be an integer") }
        }
        return id
    }

    private func delete(_ request: APIRequest) async throws -> APIResponse {
        let id = try Self.id(request)
        let service = try await HostStore.services(in: env.database).first { service in
            request.version >= "2.53" ? service.id == id : String(Self.number(service.id)) == id
        }
        guard let service else { throw ServiceError(.notFound, "Service \(id) could not be found.") }
        if service.binary == "nova-compute" {
            try await HostStore.checkEmpty(service.host, in: env.database)
            do {
                _ = try await env.rpc.call(ForgetHost(host: service.host), request.context)
            } catch let error as ServiceError where error.code == .conflict {
                // What moves to the host, or is being built, has claimed a part of it.
                throw HostStore.hosting
            }
        }
        try await HostStore.delete(service, in: env.database)
        return .empty(.noContent)
    }

    private func list(_ request: APIRequest) async throws -> APIResponse {
        let host = request.query.last("host")
        let binary = request.query.last("binary")
        let zones = try await AggregateStore.list(in: env.database).reduce(into: [String: String]()) { all, aggregate in
            for host in aggregate.hosts { if let zone = aggregate.zone { all[host] = zone } }
        }
        let services = try await HostStore.services(in: env.database).filter {
            (host == nil || $0.host == host) && (binary == nil || $0.binary == binary)
        }
        let now = env.clock.now()
        return .json { json in
            json.object {
                $0.field("services") {
                    $0.array(services) { json, service in
                        let zone =
                            service.binary == "nova-compute"
                            ? zones[service.host] ?? env.options.defaultZone : "internal"
                        Self.write(&json, service, zone, request.version, now)
                    }
                }
            }
        }
    }

    private static func write(
        _ json: inout JSONWriter, _ service: ComputeService, _ zone: String, _ version: Microversion, _ now: Date
    ) {
        json.object {
            if version >= "2.53" { $0.field("id", service.id) } else { $0.field("id", Self.number(service.id)) }
            $0.field("binary", service.binary)
            $0.field("host", service.host)
            $0.field("zone", zone)
            $0.field("status", service.isDisabled ? "disabled" : "enabled")
            $0.field("state", service.isUp(at: now) ? "up" : "down")
            $0.field("updated_at", (service.lastSeenAt ?? service.createdAt).iso8601Micro)
            $0.field("disabled_reason", service.disabledReason)
            if version >= "2.11" { $0.field("forced_down", service.isForcedDown) }
        }
    }

    /// Before 2.53 ids were numbers; one is derived, by which a service can be found again.
    private static func number(_ id: String) -> Int {
        Int(id.utf8.reduce(UInt32(7)) { $0 &* 31 &+ UInt32($1) } & 0x7fff_ffff)
    }
}
