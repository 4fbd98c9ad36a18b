/// What the hypervisor says of a server, by Nova's numbers (`OS-EXT-STS:power_state`).
package enum PowerState: Int, Codable, Sendable, CaseIterable {
    case noState = 0
    case running = 1
    case paused = 3
    case shutdown = 4
    case crashed = 6
    case suspended = 7

    /// Nova's name for it where it is not a number: in diagnostics and notifications.
    package var name: String {
        switch self {
        case .noState: "pending"
        case .running: "running"
        case .paused: "paused"
        case .shutdown: "shutdown"
        case .crashed: "crashed"
        case .suspended: "suspended"
        }
    }
}
