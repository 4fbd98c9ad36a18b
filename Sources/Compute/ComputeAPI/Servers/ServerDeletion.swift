import ComputeModel
import ComputeStore
import Core
import Database
import Workflow

/// Accepts the deletion of a server, in whatever state it is.
struct ServerDeletion: Sendable {
    let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    /// Asking again while it is being deleted changes nothing.
    /// - Throws: `.conflict` for a locked server, unless the caller may override that.
    func delete(_ id: ServerID, overridesLock: Bool, _ context: RequestContext) async throws {
        let env = env
        let now = env.clock.now()
        let saga = env.ids.uuid()
        guard let transition = ServerTransitions.of(.delete) else {
            throw ServiceError(.notImplemented, "Servers cannot be deleted.")
        }
        try await env.database.transaction("delete-server") { transaction in
            guard let server = try ServerStore.lock(id, in: transaction), server.deletedAt == nil else { return }
            try ServerActionStarter.refuseLocked(server, overridesLock)
            guard server.taskState != .deleting else { return }
            guard case .changed(let row) = try ServerStore.begin(transition, on: id, at: now, in: transaction) else {
                return
            }
            let begun = try Server(row)
            var notice = ServerNotice("delete", .start, context)
            notice.cause = saga
            let announcement = Announcement(env.notices, context, notice)
            try announcement?.write(from: server, to: begun, in: transaction)
            try ServerActionStore.begin(.delete, on: id, context, at: now, in: transaction)
            try SagaStarter.start(
                name: DeleteServerState.sagaName, version: DeleteServerState.sagaVersion, id: saga,
                subject: id.rawValue, state: DeleteServerState(server: id, order: begun.version), context: context,
                in: transaction)
        }
        await env.wakeConductors(context)
    }
}
