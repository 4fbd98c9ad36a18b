/// The `status` that the API shows for a pair of states.
package enum ServerStatus {
    /// Source: the table in Nova's API guide, "Server concepts".
    package static func of(_ state: VMState, _ task: TaskState?) -> String {
        switch (state, task) {
        case (.active, .rebooting), (.active, .rebootPending), (.active, .rebootStarted): "REBOOT"
        case (.active, .rebootingHard), (.paused, .rebootingHard), (.suspended, .rebootingHard),
            (.stopped, .rebootingHard), (.error, .rebootingHard):
            "HARD_REBOOT"
        case (.active, .rebuilding), (.stopped, .rebuilding), (.error, .rebuilding): "REBUILD"
        case (.active, .migrating), (.paused, .migrating): "MIGRATING"
        case (.active, .resizePrep), (.active, .resizeMigrating), (.active, .resizeMigrated), (.active, .resizeFinish),
            (.stopped, .resizePrep), (.stopped, .resizeMigrating), (.stopped, .resizeMigrated),
            (.stopped, .resizeFinish):
            "RESIZE"
        case (.resized, .resizeReverting): "REVERT_RESIZE"
        case (.building, _): "BUILD"
        case (.active, _): "ACTIVE"
        case (.paused, _): "PAUSED"
        case (.suspended, _): "SUSPENDED"
        case (.stopped, _): "SHUTOFF"
        case (.rescued, _): "RESCUE"
        case (.resized, _): "VERIFY_RESIZE"
        case (.softDeleted, _): "SOFT_DELETED"
        case (.deleted, _): "DELETED"
        case (.error, _): "ERROR"
        case (.shelved, _): "SHELVED"
        case (.shelvedOffloaded, _): "SHELVED_OFFLOADED"
        }
    }

    /// The stable states that a `status` filter means; empty for a status that does not exist.
    package static func states(for status: String) -> [VMState] {
        let wanted = status.uppercased()
        return VMState.allCases.filter { state in
            of(state, nil) == wanted || TaskState.allCases.contains { of(state, $0) == wanted }
        }
    }

    /// Whether a server in these states is shown with `status`.
    package static func matches(_ status: String, _ state: VMState, _ task: TaskState?) -> Bool {
        of(state, task) == status.uppercased()
    }
}
