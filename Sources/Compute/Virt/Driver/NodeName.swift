import Core

/// The host's name as the hypervisor gives it, asked for once.
///
/// libvirt looks it up each time, which takes many seconds where no name server answers; and a host that
/// changed its name under its guests would be another one to the scheduler.
final class NodeName: Sendable {
    private let known = Locked<String?>(nil)

    /// - Parameter ask: may block, so nobody else waits for it.
    func get(_ ask: () throws -> String) rethrows -> String {
        if let name = known.withLock({ $0 }) { return name }
        let name = try ask()
        return known.withLock { known in
            known = known ?? name
            return known ?? name
        }
    }
}
