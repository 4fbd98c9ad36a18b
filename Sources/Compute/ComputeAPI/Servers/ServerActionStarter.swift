import ComputeModel
import ComputeStore
import Core
import Database
import WebAPI
import Workflow

/// Starts an action on a server: the transition table's conditional update, the action's record and its
/// saga, in one transaction.
struct ServerActionStarter: Sendable {
    let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    /// A saga to start: its name, version and state.
    struct SagaSeed: Sendable {
        let start: @Sendable (_ id: String, _ server: ServerID, RequestContext, Transaction) throws -> Void

        init(_ name: String, _ version: Int, _ state: some Codable & Sendable) {
            start = { id, server, context, transaction in
                try SagaStarter.start(
                    name: name, version: version, id: id, subject: server.rawValue, state: state, context: context,
                    in: transaction)
            }
        }
    }

    /// - Parameters:
    ///   - about: for the notification.
    ///   - saga: makes the saga from the server as it was before and as it is now; it may write more rows.
    /// - Throws: `.conflict` in Nova's words when the server's state does not allow the action.
    func start(
        _ action: ServerAction, on server: ServerID, _ request: APIRequest,
        about: ServerNotice.About = .server,
        saga: @escaping @Sendable (_ before: Server, _ now: Server, Transaction) throws -> SagaSeed?
    ) async throws {
        try await start(
            action, on: server, overridesLock: request.overridesLock, request.context, about: about, saga: saga)
    }

    func start(
        _ action: ServerAction, on server: ServerID, overridesLock: Bool, _ context: RequestContext,
        about: ServerNotice.About = .server,
        saga: @escaping @Sendable (_ before: Server, _ now: Server, Transaction) throws -> SagaSeed?
    ) async throws {
        let env = env
        let now = env.clock.now()
        let id = env.ids.uuid()
        guard let transition = ServerTransitions.of(action) else {
            throw ServiceError(.notImplemented, "\(action.recordedName) is not supported.")
        }
        try await env.database.transaction("server-action") { transaction in
            guard let before = try ServerStore.lock(server, in: transaction), before.deletedAt == nil else {
                throw ServiceError(.notFound, "Instance \(server) could not be found.")
            }
            try Self.refuseLocked(before, overridesLock)
            switch try ServerStore.begin(transition, on: server, at: now, in: transaction) {
            case .changed(let row):
                let begun = try Server(row)
                try ServerActionStore.begin(action, on: server, context, at: now, in: transaction)
                if let seed = try saga(before, begun, transaction) {
                    try seed.start(id, server, context, transaction)
                }
                var notice = action.noticeEvent.map { ServerNotice($0, .start, context, about: about) }
                notice?.cause = id
                try Announcement(env.notices, context, notice)?.write(from: before, to: begun, in: transaction)
            case .conflict(let row): throw Self.refusal(action, try Server(row), transition)
            case .missing: throw ServiceError(.notFound, "Instance \(server) could not be found.")
            }
        }
        await env.wakeConductors(context)
    }

    static func refuseLocked(_ server: Server, _ isOverridden: Bool) throws {
        guard server.isLocked, !isOverridden else { return }
        throw ServiceError(.conflict, "Instance \(server.id) is locked")
    }

    static func refusal(_ action: ServerAction, _ server: Server, _ transition: ServerTransition) -> ServiceError {
        let isState = !transition.states.contains(server.vmState)
        let attribute = isState ? "vm_state" : "task_state"
        let value = isState ? server.vmState.rawValue : server.taskState?.rawValue ?? "None"
        return ServiceError(
            .conflict, "Cannot '\(action.requestName)' instance \(server.id) while it is in \(attribute) \(value)")
    }
}

extension ServerAction {
    /// The name that the refusal of an action uses.
    var requestName: String {
        switch self {
        case .rebootHard: "reboot"
        case .attachVolume: "attach_volume"
        default: rawValue
        }
    }
}
