package import Core
package import FoundationEssentials

/// An image as the catalogue has it.
package struct Image: Sendable, Hashable {
    package var id: ImageID
    package var name: String?
    package var owner: ProjectID?
    package var status: ImageStatus
    package var visibility: ImageVisibility
    package var isProtected: Bool
    package var isHidden: Bool
    package var diskFormat: String?
    package var containerFormat: String?
    package var minDisk: Int
    package var minRAM: Int
    /// Bytes stored.
    package var size: Int64?
    /// Bytes that a guest sees.
    package var virtualSize: Int64?
    package var checksum: String?
    package var hashAlgorithm: String?
    package var hashDigest: String?
    package var properties: [String: String]
    package var tags: [String]
    package var locations: [ImageLocation]
    package var version: Int
    package var createdAt: Date
    package var updatedAt: Date

    package init(
        id: ImageID, name: String? = nil, owner: ProjectID?, visibility: ImageVisibility = .shared,
        status: ImageStatus = .queued, createdAt: Date
    ) {
        self.id = id
        self.name = name
        self.owner = owner
        self.status = status
        self.visibility = visibility
        isProtected = false
        isHidden = false
        minDisk = 0
        minRAM = 0
        properties = [:]
        tags = []
        locations = []
        version = 0
        self.createdAt = createdAt
        updatedAt = createdAt
    }
}

/// Where an image's bytes are.
package struct ImageLocation: Sendable, Hashable, Codable {
    /// The store's id.
    package var store: String
    /// `file:///…` for our own stores, `http://…` for data kept elsewhere.
    package var url: String
    package var metadata: [String: String]

    package init(store: String, url: String, metadata: [String: String] = [:]) {
        self.store = store
        self.url = url
        self.metadata = metadata
    }
}
