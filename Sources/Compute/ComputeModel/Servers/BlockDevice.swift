package import Core

/// A disk of a server: its local root, or an attached volume.
package struct BlockDevice: Sendable {
    package enum Source: String, Sendable, Codable { case blank, image, volume, snapshot }
    package enum Destination: String, Sendable, Codable { case local, volume }
    /// Where an attachment is on its way.
    package enum State: String, Sendable, Codable { case attaching, attached, detaching }

    package var id: String
    package var server: ServerID
    package var source: Source
    package var destination: Destination
    package var volume: VolumeID?
    package var image: ImageID?
    package var snapshot: String?
    package var attachment: AttachmentID?
    package var deviceName: String?
    /// 0 for the root disk; nil or negative for one that is not booted from.
    package var bootIndex: Int?
    package var volumeGiB: Int?
    package var volumeType: String?
    package var deleteOnTermination: Bool
    package var tag: String?
    package var guestFormat: String?
    package var diskBus: String?
    package var deviceType: String?
    package var state: State

    package init(id: String, server: ServerID, source: Source, destination: Destination, state: State = .attaching) {
        self.id = id
        self.server = server
        self.source = source
        self.destination = destination
        self.state = state
        deleteOnTermination = false
    }
}
