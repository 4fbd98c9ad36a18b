package import Core

/// Where a new volume's content comes from.
package enum VolumeContent: Sendable, Hashable {
    case empty
    case snapshot(SnapshotID)
    case volume(VolumeID)
}

/// How much room a backend has, in GiB.
package struct BackendCapacity: Sendable {
    package let totalGiB: Double
    package let freeGiB: Double
}

/// Keeps volumes' blocks. Every method may be called twice: it ensures, and what is gone is gone.
package protocol VolumeBackend: Sendable {
    /// As in `HOST@NAME#POOL`.
    var name: String { get }
    /// Whether a volume in use can be copied at one moment in time.
    var copiesLiveVolumes: Bool { get async }

    func create(_ id: VolumeID, sizeGiB: Int, content: VolumeContent) async throws
    func extend(_ id: VolumeID, sizeGiB: Int) async throws
    func delete(_ id: VolumeID) async throws
    func createSnapshot(_ id: SnapshotID, of volume: VolumeID) async throws
    func deleteSnapshot(_ id: SnapshotID) async throws
    /// The block device or file to export, which tgtd opens.
    func path(of volume: VolumeID) -> String
    func capacity() async throws -> BackendCapacity

    /// A file of the caller's own to bring an image in, beside the volumes.
    func incomingPath(of volume: VolumeID) -> String
    /// Makes a finished raw file, of at most the volume's size, the volume's content; the file is gone then.
    func adopt(rawFile path: String, as id: VolumeID, sizeGiB: Int) async throws
    /// Removes what a broken-off import left.
    func discardIncoming(_ id: VolumeID) async throws
}
