package import Core
package import Glibc

/// Where everything is below the state folder.
package struct HostPaths: Sendable {
    package let root: String

    /// Of folders with disks: they cannot be listed, but QEMU, which runs as a user of its own on most hosts,
    /// can open what libvirt gave it there. Disks themselves are its owner's only.
    package static let passable: mode_t = 0o711

    package init(root: String) { self.root = root }

    package var instances: String { "\(root)/instances" }
    package var images: String { "\(root)/images" }
    package var tombstones: String { "\(root)/tombstones" }
    package var nodeID: String { "\(root)/node-id" }

    /// A server's own folder. Server ids are UUIDs, checked where they come in.
    package func instance(_ server: ServerID) -> String { "\(instances)/\(server.rawValue)" }
    package func console(_ server: ServerID) -> String { "\(instance(server))/console.log" }
    package func tombstone(_ server: ServerID) -> String { "\(tombstones)/\(server.rawValue)" }
}
