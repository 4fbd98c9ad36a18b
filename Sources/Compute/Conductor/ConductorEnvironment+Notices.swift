import ComputeModel
import ComputeStore
import Core
import Database
import Workflow

/// What sagas tell the outside.
extension ConductorEnvironment {
    /// A notice of a saga: a step that runs again tells it under the same id.
    func notice(_ action: ServerAction, _ phase: ServerNotice.Phase, _ run: SagaRun, host: String? = nil)
        -> ServerNotice
    {
        notice(action.noticeEvent ?? action.rawValue, phase, run, host: host)
    }

    func notice(
        _ event: String, _ phase: ServerNotice.Phase, _ run: SagaRun, host: String? = nil
    ) -> ServerNotice {
        var notice = ServerNotice(event, phase, run.context)
        notice.cause = run.id
        notice.host = host
        if phase == .error { notice.fault = fault(run) }
        return notice
    }

    func fault(_ run: SagaRun) -> ServerNotice.Fault {
        ServerNotice.Fault(
            type: run.failure?.code ?? "internal", message: run.failure?.message ?? "failed",
            function: run.failure?.step ?? "")
    }

    /// For a change of a server's state; with a notice when that is more than a change of state.
    func telling(_ run: SagaRun, _ notice: ServerNotice? = nil) -> Announcement? {
        Announcement(notices, run.context, notice)
    }

    /// Makes a change of what belongs to a server, and tells of it in the same transaction.
    func change(
        _ name: StaticString, of server: ServerID, telling notice: ServerNotice,
        _ change: @escaping @Sendable (Transaction) throws -> Void = { _ in }
    ) async throws {
        let notices = notices
        try await database.transaction(name) { transaction in
            // Its lock gives the server's messages one order.
            let row = notices.isOn ? try ServerStore.lock(server, in: transaction) : nil
            try change(transaction)
            if let row { try notices.write(notice, of: row, in: transaction) }
        }
        notices.wake()
    }
}
