/// Which action a server accepts in which state: the 409, the WHERE clause of the update that starts
/// the action, the reference page and the tests all read this one table.
///
/// Source: Nova's API guide, "Server concepts", and the `check_instance_state` of each call.
package struct ServerTransition: Sendable {
    package let action: ServerAction
    /// The stable states it starts from.
    package let states: [VMState]
    /// Whether it starts while another task runs: `.idle` not, `.any` always, `.among` over these.
    package let tasks: Tasks
    /// The task that it sets; nil for one that leaves the server idle (attach, lock).
    package let task: TaskState?
    /// The stable state when it is done; nil when that stays.
    package let result: VMState?

    package enum Tasks: Sendable, Equatable {
        case idle
        case any
        case among([TaskState])
    }

    package func allows(_ state: VMState, _ current: TaskState?) -> Bool {
        guard states.contains(state) else { return false }
        guard let current else { return true }
        switch tasks {
        case .idle: return false
        case .any: return true
        case .among(let others): return others.contains(current)
        }
    }
}

package enum ServerTransitions {
    private static let present = VMState.allCases.filter { $0 != .deleted }
    private static let rebootTasks: [TaskState] = [
        .rebooting, .rebootPending, .rebootStarted, .rebootingHard, .resuming, .unpausing, .pausing, .suspending,
    ]

    package static let table: [ServerTransition] = [
        .init(action: .delete, states: present, tasks: .any, task: .deleting, result: .deleted),
        .init(action: .start, states: [.stopped], tasks: .idle, task: .poweringOn, result: .active),
        .init(action: .stop, states: [.active, .error], tasks: .idle, task: .poweringOff, result: .stopped),
        .init(action: .reboot, states: [.active], tasks: .idle, task: .rebooting, result: .active),
        .init(
            action: .rebootHard, states: [.active, .stopped, .paused, .suspended, .error],
            tasks: .among(rebootTasks), task: .rebootingHard, result: .active),
        .init(action: .pause, states: [.active], tasks: .idle, task: .pausing, result: .paused),
        .init(action: .unpause, states: [.paused], tasks: .idle, task: .unpausing, result: .active),
        .init(action: .suspend, states: [.active], tasks: .idle, task: .suspending, result: .suspended),
        .init(action: .resume, states: [.suspended], tasks: .idle, task: .resuming, result: .active),
        .init(
            action: .createImage, states: [.active, .stopped, .paused, .suspended], tasks: .idle,
            task: .imageSnapshotPending, result: nil),
        .init(
            action: .attachVolume,
            states: [.active, .paused, .stopped, .resized, .softDeleted, .suspended, .shelved, .shelvedOffloaded],
            tasks: .idle, task: nil, result: nil),
        .init(
            action: .detachVolume,
            states: [.active, .paused, .stopped, .resized, .softDeleted, .suspended, .shelved, .shelvedOffloaded],
            tasks: .idle, task: nil, result: nil),
        .init(
            action: .attachInterface, states: [.active, .paused, .stopped], tasks: .idle, task: nil, result: nil),
        .init(
            action: .detachInterface, states: [.active, .paused, .stopped], tasks: .idle, task: nil, result: nil),
        .init(action: .lock, states: present, tasks: .any, task: nil, result: nil),
        .init(action: .unlock, states: present, tasks: .any, task: nil, result: nil),
        .init(
            action: .updateMetadata, states: [.active, .paused, .suspended, .stopped], tasks: .any, task: nil,
            result: nil),
        .init(action: .changeSecurityGroups, states: present, tasks: .any, task: nil, result: nil),
    ]

    private static let byAction = Dictionary(
        table.map { ($0.action, $0) }, uniquingKeysWith: { first, _ in first })

    /// The row of an action; nil for one that is not served.
    package static func of(_ action: ServerAction) -> ServerTransition? { byAction[action] }
}
