import ComputeModel
import Core

/// What the host's switch has plugged for guests.
///
/// The hypervisor plugs and unplugs, but takes an unplugging that the switch did not hear for done. So whoever
/// ends an interface asks here, and has ended it only when this says so.
protocol GuestInterfaces: Sendable {
    /// All that is plugged for guests, whoever made them.
    func list() async throws -> [GuestInterface]

    /// Unplugs what is still plugged for a guest: one port's interface, or all when `port` is nil.
    /// Does nothing when there is none.
    /// - Throws: `ServiceError` with code `.unavailable` while the switch cannot be asked.
    func remove(_ port: PortID?, of server: ServerID) async throws
}

/// An interface of the switch, by the guest and port that it was plugged for.
struct GuestInterface: Sendable, Hashable {
    var server: ServerID
    var port: PortID
}

/// For hosts without a switch, whose hypervisor plugs nothing.
struct NoInterfaces: GuestInterfaces {
    func list() async throws -> [GuestInterface] { [] }
    func remove(_ port: PortID?, of server: ServerID) async throws {}
}
