import ComputeModel
import Core
import Logging
import Virt

/// Compares the host's guests with the database: at start, when libvirt came back, and from time to time.
///
/// Guests whose servers are gone are removed; of differing power states the conductor is told. Nothing is
/// started here: a server that was stopped stays stopped.
struct Reconciliation: Sendable {
    let driver: any Hypervisor
    let locks: ServerLocks
    let operations: GuestOperations
    let conductor: ConductorReports
    let images: ImageCache
    let tombstones: Tombstones
    let paths: HostPaths
    let files: HostFiles
    let wallClock: WallClock
    let logger: Logger

    func runOnce() async throws {
        let guests = try await driver.guests()
        await operations.metadata.refresh()
        let reply = try await conductor.serversHere(domains: guests.map(\.server))
        let known = Dictionary(guests.map { ($0.server, $0) }, uniquingKeysWith: { first, _ in first })
        for server in reply.orphans {
            if let guest = known[server] { try await remove(guest) }
        }
        for entry in reply.servers where entry.taskState == nil {
            try await compare(entry, known[entry.server])
        }
        try await removeLeftovers(keeping: Set(guests.map(\.server)).union(reply.servers.map(\.server)))
        try await images.trim(inUse: Set(guests.compactMap(\.record.spec.image?.id)), now: wallClock.now())
        try await tombstones.expire(olderThan: .seconds(7 * 24 * 3600), now: wallClock.now())
        try await unplugLeftovers(of: known)
    }

    private func remove(_ guest: Guest) async throws {
        logger.notice("a guest without a server is removed", metadata: [LogKey.server: "\(guest.server)"])
        try await locks.withLock(guest.server) {
            // A command may have come meanwhile; only what was asked about is removed.
            guard let now = try await driver.guest(guest.server), now.record.fence == guest.record.fence else { return }
            try await operations.destroy(guest.server, guest.record.fence, now)
        }
    }

    private func compare(_ entry: ListServersOnHost.Entry, _ guest: Guest?) async throws {
        guard let guest else {
            // A build that has not reached the host has no guest yet.
            guard ["active", "paused", "suspended", "stopped"].contains(entry.vmState), entry.powerState != .noState
            else { return }
            // One that was built after the guests were listed is there by now.
            guard try await driver.guest(entry.server) == nil else { return }
            try await conductor.power(entry.server, .noState, .removed)
            return
        }
        if guest.power != entry.powerState { try await conductor.power(entry.server, guest.power, .found) }
    }

    /// Folders of servers that this host does not have, which a crash in the middle of a removal leaves behind.
    private func removeLeftovers(keeping known: Set<ServerID>) async throws {
        for name in try await files.list(paths.instances) where isUUIDLike(name) {
            let server = ServerID(name)
            guard !known.contains(server), try await tombstones.fence(server) != nil else { continue }
            try await locks.withLock(server) {
                guard try await driver.guest(server) == nil, try await tombstones.fence(server) != nil else { return }
                try await files.removeFolder(paths.instance(server))
            }
        }
    }

    /// Interfaces that no guest of ours has any more: nobody waits for the unplugging that undoes a failed
    /// attachment, so the switch may have been away all through it.
    private func unplugLeftovers(of known: [ServerID: Guest]) async throws {
        for interface in try await operations.interfaces.list() {
            let (server, port) = (interface.server, interface.port)
            if let guest = known[server], guest.record.has(port) { continue }
            try await locks.withLock(server) {
                if let guest = try await driver.guest(server) {
                    if guest.record.has(port) { return }
                } else if try await tombstones.fence(server) == nil {
                    // Not ours: we did not remove its guest.
                    return
                }
                logger.notice(
                    "an interface without a guest is unplugged",
                    metadata: [LogKey.server: "\(server)", LogKey.port: "\(port)"])
                try await operations.interfaces.remove(port, of: server)
            }
        }
    }
}

extension GuestRecord {
    fileprivate func has(_ port: PortID) -> Bool { spec.nics.contains { $0.port == port } }
}
