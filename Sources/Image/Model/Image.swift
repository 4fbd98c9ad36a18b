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

extension Image {
    /// Bytes that count against the owner's quota: each copy does. Past what fits in the type, that.
    package var storedBytes: Int64 {
        guard status == .active || status == .deactivated else { return 0 }
        let (bytes, overflows) = (size ?? 0).multipliedReportingOverflow(by: Int64(locations.count))
        return overflows ? .max : bytes
    }

    /// - Throws: `.badRequest` for an image that may not have data yet, as Glance's.
    package func checkFormats() throws {
        let missing = [diskFormat == nil ? "disk_format" : nil, containerFormat == nil ? "container_format" : nil]
            .compactMap(\.self)
        guard missing.isEmpty else {
            let noun = missing.count == 1 ? "Property" : "Properties"
            throw ServiceError(
                .badRequest, "\(noun) \(missing.joined(separator: ", ")) must be set prior to saving data.")
        }
    }

    package func isStored(in store: String) -> Bool { locations.contains { $0.store == store } }

    /// Takes over what was learnt of the data while it was stored.
    package mutating func record(_ data: StoredData) {
        size = data.size
        virtualSize = data.virtualSize
        checksum = data.checksum
        hashAlgorithm = data.hashAlgorithm
        hashDigest = data.hashDigest
    }

    /// Forgets the data: the image can be given others.
    package mutating func forgetData() {
        status = .queued
        size = nil
        virtualSize = nil
        checksum = nil
        hashAlgorithm = nil
        hashDigest = nil
    }
}

/// What was learnt of an image's data while it was stored.
package struct StoredData: Sendable, Hashable, Codable {
    package var size: Int64
    package var virtualSize: Int64?
    package var checksum: String?
    package var hashAlgorithm: String?
    package var hashDigest: String?
}
