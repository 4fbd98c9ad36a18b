/// What the hypervisor says of a server, by Nova's numbers (`OS-EXT-STS:power_state`).
package enum PowerState: Int, Codable, Sendable, CaseIterable {
    case noState = 0
    case running = 1
    case paused = 3
    case shutdown = 4
    case crashed = 6
    case suspended = 7
}
