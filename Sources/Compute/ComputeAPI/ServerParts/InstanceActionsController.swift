import ComputeModel
import ComputeStore
import Core
import HTTPTypes
import WebAPI

/// `/servers/{id}/os-instance-actions`, `/servers/{id}/os-server-password` and `/os-migrations`.
struct InstanceActionsController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    var operations: [Operation] {
        [
            Operation(.get, "/servers/{id}/os-instance-actions") { [self] in try await list($0) },
            Operation(.get, "/servers/{id}/os-instance-actions/{request}") { [self] in try await show($0) },
            Operation(.get, "/servers/{id}/os-server-password") { [self] request in
                let server = try await env.server(request, ComputePolicy.passwordShow)
                let password = try await ServerChangeStore.password(of: server.id, in: env.database)
                return .json { json in json.object { $0.field("password", password) } }
            },
            Operation(.delete, "/servers/{id}/os-server-password", success: .noContent) { [self] request in
                let server = try await env.server(request, ComputePolicy.passwordClear)
                try await ServerChangeStore.clearPassword(of: server.id, in: env.database)
                return .empty()
            },
            // Nothing migrates yet, so there are none.
            Operation(.get, "/os-migrations", policy: ComputePolicy.migrationIndex) { _ in
                .json { json in json.object { $0.field("migrations") { $0.array { _ in } } } }
            },
            Operation(.get, "/servers/{id}/migrations", .since("2.23")) { [self] request in
                _ = try await env.server(request, ComputePolicy.migrationIndex)
                return .json { json in json.object { $0.field("migrations") { $0.array { _ in } } } }
            },
        ]
    }

    /// Since 2.21 also of a deleted server.
    private func server(_ request: APIRequest, _ rule: PolicyRule) async throws -> Server {
        let id = ServerID(try request.parameter("id"))
        guard request.version >= "2.21", isUUIDLike(id.rawValue),
            let server = try await ServerStore.find(id, in: env.database),
            server.project == request.context.projectID || request.isAdmin
        else { return try await env.server(request, rule) }
        try request.authorize(rule, target: server.policyTarget)
        return server
    }

    private func list(_ request: APIRequest) async throws -> APIResponse {
        let server = try await server(request, ComputePolicy.instanceActionsList)
        let actions = try await ServerActionStore.list(of: server.id, in: env.database)
        return .json { json in
            json.object {
                $0.field("instanceActions") {
                    $0.array(actions) { json, action in
                        json.object { Self.write(&$0, action, request.version) }
                    }
                }
            }
        }
    }

    private func show(_ request: APIRequest) async throws -> APIResponse {
        let server = try await server(request, ComputePolicy.instanceActionsShow)
        let id = try request.parameter("request")
        guard let (action, events) = try await ServerActionStore.find(request: id, of: server.id, in: env.database)
        else { throw ServiceError(.notFound, "Action for request_id \(id) on instance \(server.id) not found") }
        let showsDetails = request.isAllowed(ComputePolicy.instanceActionsEvents)
        return .json { json in
            json.object {
                $0.field("instanceAction") {
                    $0.object { json in
                        Self.write(&json, action, request.version)
                        guard showsDetails || request.version >= "2.51" else { return }
                        json.field("events") {
                            $0.array(events) { json, event in
                                json.object { Self.write(&$0, event, request, showsDetails) }
                            }
                        }
                    }
                }
            }
        }
    }

    private static func write(
        _ json: inout JSONWriter, _ action: ServerActionStore.Action, _ version: Microversion
    ) {
        json.field("action", action.action)
        json.field("instance_uuid", action.server)
        json.field("request_id", action.requestID)
        json.field("user_id", action.user)
        json.field("project_id", action.project)
        json.field("start_time", action.startedAt.iso8601Micro)
        json.field("message", action.message)
        if version >= "2.58" { json.field("updated_at", action.updatedAt.iso8601Micro) }
    }

    private static func write(
        _ json: inout JSONWriter, _ event: ServerActionStore.Event, _ request: APIRequest, _ showsDetails: Bool
    ) {
        json.field("event", event.event)
        json.field("start_time", event.startedAt.iso8601Micro)
        json.field("finish_time", event.finishedAt?.iso8601Micro)
        json.field("result", event.result)
        if showsDetails { json.field("traceback", String?.none) }
        if request.version >= "2.62" {
            json.field("hostId", "")
            if showsDetails { json.field("host", event.host) }
        }
        if request.version >= "2.84" { json.field("details", event.details) }
    }
}
