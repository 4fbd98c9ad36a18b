import ComputeModel
import ComputeStore
import Core
import Database
import HTTPTypes
import Messaging
import WebAPI

/// Actions other than those of power: console output, lock, images, forced deletion.
struct ServerActionsController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    private func action(
        _ name: String, _ success: Int = 202, _ handler: @escaping @Sendable (APIRequest) async throws -> APIResponse
    ) -> Operation {
        Operation(
            .post, "/servers/{id}/action", action: name, success: success == 202 ? .accepted : .ok, handler: handler)
    }

    var operations: [Operation] {
        [
            action("os-getConsoleOutput", 200) { [self] in try await consoleOutput($0) },
            action("createImage") { [self] in try await createImage($0) },
            action("lock") { [self] in try await lock($0) },
            action("unlock") { [self] in try await unlock($0) },
            action("forceDelete") { [self] request in
                let server = try await env.server(request, ComputePolicy.serverForceDelete)
                try await ServerDeletion(env).delete(
                    server.id, overridesLock: request.overridesLock, request.context)
                return .empty()
            },
            action("os-resetState") { [self] request in
                _ = try await env.server(request, ComputePolicy.serverResetState)
                throw ServiceError(
                    .badRequest,
                    "Servers' states follow from what is; there is nothing to reset. See `apus explain`.")
            },
            Operation(.get, "/servers/{id}/diagnostics") { [self] in try await diagnostics($0) },
        ]
    }

    private func host(of server: Server) throws -> String {
        guard let host = server.host else {
            throw ServiceError(.conflict, "Instance \(server.id) is not ready")
        }
        return host
    }

    private func consoleOutput(_ request: APIRequest) async throws -> APIResponse {
        let server = try await env.server(request, ComputePolicy.serverConsoleOutput)
        let asked = request.actionBody("os-getConsoleOutput")["length"]
        let lines = ServerPlanner.integer(asked)
        if let asked, !asked.isNull, lines == nil {
            throw ServiceError(.badRequest, "Invalid input for field/attribute length. Value: \(asked.jsonText).")
        }
        if let lines, lines < -1 {
            throw ServiceError(
                .badRequest,
                "Invalid input for field/attribute length. Value: \(lines). \(lines) is less than the minimum of -1")
        }
        guard let host = server.host, server.vmState != .building else {
            throw ServiceError(.notFound, "Unable to get console")
        }
        let reply = try await env.rpc.call(
            ConsoleOutput(server: server.id, lines: lines == -1 ? nil : lines), at: host, request.context,
            timeout: env.options.maxPolling)
        return .json { json in json.object { $0.field("output", reply.output) } }
    }

    private func lock(_ request: APIRequest) async throws -> APIResponse {
        let env = env
        let server = try await env.server(request, ComputePolicy.serverLock)
        let reason = request.version >= "2.73" ? request.actionBody("lock")["locked_reason"]?.string : nil
        let by = server.project == request.context.projectID && !request.isAdmin ? "owner" : "admin"
        let now = env.clock.now()
        let context = request.context
        try await env.database.transaction("lock-server") { transaction in
            try ServerChangeStore.setLock(
                server.id, isLocked: true, by: by, reason: reason, at: now, in: transaction)
            try ServerActionStore.begin(.lock, on: server.id, context, at: now, in: transaction)
            try env.tell("lock", of: server.id, context, in: transaction)
        }
        if env.notices.isOn { await env.wakeConductors(context) }
        return .empty()
    }

    private func unlock(_ request: APIRequest) async throws -> APIResponse {
        let env = env
        let server = try await env.server(request, ComputePolicy.serverUnlock)
        if server.lockedBy == "admin" {
            try request.authorize(ComputePolicy.serverUnlockOverride, target: server.policyTarget)
        }
        let now = env.clock.now()
        let context = request.context
        try await env.database.transaction("unlock-server") { transaction in
            try ServerChangeStore.setLock(
                server.id, isLocked: false, by: nil, reason: nil, at: now, in: transaction)
            try ServerActionStore.begin(.unlock, on: server.id, context, at: now, in: transaction)
            try env.tell("unlock", of: server.id, context, in: transaction)
        }
        if env.notices.isOn { await env.wakeConductors(context) }
        return .empty()
    }

    /// Makes the image's record first: the saga uploads into it, or deletes it when that fails.
    private func createImage(_ request: APIRequest) async throws -> APIResponse {
        let server = try await env.server(request, ComputePolicy.serverCreateImage)
        let body = request.actionBody("createImage")
        guard let name = body["name"]?.string, !name.isEmpty, name.count <= 255 else {
            throw ServiceError(
                .badRequest, "Invalid input for field/attribute createImage. 'name' is a required property")
        }
        guard server.image != nil else {
            throw ServiceError(.badRequest, "Images of servers that boot from a volume are not supported.")
        }
        guard let transition = ServerTransitions.of(.createImage) else {
            throw ServiceError(.badRequest, "Images of servers are not supported.")
        }
        guard transition.allows(server.vmState, server.taskState) else {
            throw ServerActionStarter.refusal(.createImage, server, transition)
        }
        _ = try host(of: server)
        let image: ImageID = env.ids.id()
        try await env.images.createSnapshotRecord(
            id: image, name: name, owner: server.project, properties: properties(body, server),
            minDiskGiB: server.flavor.rootGiB, context: request.context)
        do {
            try await ServerActionStarter(env).start(
                .createImage, on: server.id, request, about: .image(image)
            ) { _, now, _ in
                .init(
                    SnapshotServerState.sagaName, SnapshotServerState.sagaVersion,
                    SnapshotServerState(server: now.id, order: now.version, image: image))
            }
        } catch {
            try await env.images.delete(image, context: request.context)
            throw error
        }
        guard request.version >= "2.45" else {
            return .empty(headers: [.location: "\(request.endpoint)/images/\(image)"])
        }
        return .json { json in json.object { $0.field("image_id", image) } }
    }

    private func properties(_ body: JSONValue, _ server: Server) -> [String: String] {
        var properties = (body["metadata"]?.object ?? [:]).compactMapValues(\.string)
        for (name, value) in server.image?.properties ?? [:] where properties[name] == nil {
            if name.hasPrefix("hw_") || name.hasPrefix("os_") && name != "os_hash_value" || name == "architecture" {
                properties[name] = value
            }
        }
        properties["image_type"] = "snapshot"
        properties["instance_uuid"] = server.id.rawValue
        properties["user_id"] = server.user.rawValue
        properties["base_image_ref"] = server.image?.id.rawValue ?? ""
        return properties
    }

    private func diagnostics(_ request: APIRequest) async throws -> APIResponse {
        let server = try await env.server(request, ComputePolicy.serverDiagnostics)
        let reply = try await env.rpc.call(
            ServerDiagnostics(server: server.id), at: try host(of: server), request.context,
            timeout: env.options.maxPolling)
        return .json { DiagnosticsView(reply: reply).write(&$0, request.version) }
    }
}
