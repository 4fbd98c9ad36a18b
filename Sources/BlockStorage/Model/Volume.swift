package import Core
package import Database
package import FoundationEssentials

package enum SnapshotKind {}
package enum VolumeTypeKind {}
package typealias SnapshotID = ID<SnapshotKind>
package typealias VolumeTypeID = ID<VolumeTypeKind>

/// A volume as it is stored.
package struct Volume: Sendable {
    package var id: VolumeID
    package var projectID: ProjectID
    package var userID: UserID?
    package var name: String?
    package var description: String?
    package var sizeGiB: Int
    package var status: VolumeStatus
    package var availabilityZone: String
    /// `HOST@BACKEND#POOL`; nil until it has been placed.
    package var host: String?
    package var type: VolumeTypeID?
    package var typeName: String?
    package var snapshot: SnapshotID?
    package var source: VolumeID?
    package var image: ImageID?
    package var isBootable: Bool
    package var isMultiattach: Bool
    package var isReadOnly: Bool
    package var metadata: [String: String]
    package var imageMetadata: [String: String]
    package var migrationStatus: String?
    package var createdAt: Date
    package var updatedAt: Date?

    package init(_ row: Row) throws {
        id = try row.get("id")
        projectID = try row.get("project_id")
        userID = try row.get("user_id")
        name = try row.get("name")
        description = try row.get("description")
        sizeGiB = try row.get("size_gib")
        status = try row.get("status")
        availabilityZone = try row.get("availability_zone")
        host = try row.get("host")
        type = try row.get("volume_type_id")
        typeName = row.has("type_name") ? try row.get("type_name") : nil
        snapshot = try row.get("snapshot_id")
        source = try row.get("source_volid")
        image = try row.get("image_id")
        isBootable = try row.get("bootable")
        isMultiattach = try row.get("multiattach")
        isReadOnly = try row.get("readonly")
        metadata = try StringMap.decode(row, "metadata")
        imageMetadata = try StringMap.decode(row, "image_metadata")
        migrationStatus = try row.get("migration_status")
        createdAt = try row.get("created_at")
        updatedAt = try row.get("updated_at")
    }
}

/// Names and strings, kept in a column as JSON.
package enum StringMap {
    package static func decode(_ row: Row, _ column: String) throws -> [String: String] {
        let json: JSONValue = try row.get(column)
        return (json.object ?? [:]).compactMapValues(\.string)
    }

    package static func json(_ map: [String: String]) -> JSONValue { .object(map.mapValues { .string($0) }) }
}

/// A snapshot as it is stored.
package struct Snapshot: Sendable {
    package var id: SnapshotID
    package var projectID: ProjectID
    package var userID: UserID?
    package var volume: VolumeID
    package var name: String?
    package var description: String?
    package var sizeGiB: Int
    package var status: SnapshotStatus
    /// As a hypervisor reported it: `80%`.
    package var progress: String?
    package var metadata: [String: String]
    package var createdAt: Date
    package var updatedAt: Date?

    package init(_ row: Row) throws {
        id = try row.get("id")
        projectID = try row.get("project_id")
        userID = try row.get("user_id")
        volume = try row.get("volume_id")
        name = try row.get("name")
        description = try row.get("description")
        sizeGiB = try row.get("size_gib")
        status = try row.get("status")
        progress = try row.get("progress")
        metadata = try StringMap.decode(row, "metadata")
        createdAt = try row.get("created_at")
        updatedAt = try row.get("updated_at")
    }
}

/// A volume type: what a volume made of it is like.
package struct VolumeType: Sendable {
    package var id: VolumeTypeID
    package var name: String
    package var description: String?
    package var isPublic: Bool
    package var extraSpecs: [String: String]

    package init(_ row: Row) throws {
        id = try row.get("id")
        name = try row.get("name")
        description = try row.get("description")
        isPublic = try row.get("is_public")
        extraSpecs = try StringMap.decode(row, "extra_specs")
    }

    /// `multiattach="<is> True"`, as Cinder writes a boolean capability.
    package var allowsMultiattach: Bool { extraSpecs["multiattach"] == "<is> True" }
}

/// A volume's connection to one server or host.
package struct Attachment: Sendable {
    package var id: AttachmentID
    package var volume: VolumeID
    package var projectID: ProjectID
    package var instance: ServerID?
    package var status: AttachStatus
    package var mode: String
    package var device: String?
    package var host: String?
    package var connector: JSONValue?
    package var attachedAt: Date?
    package var detachedAt: Date?
    package var createdAt: Date

    package init(_ row: Row) throws {
        id = try row.get("id")
        volume = try row.get("volume_id")
        projectID = try row.get("project_id")
        instance = try row.get("instance_uuid")
        status = try row.get("status")
        mode = try row.get("mode")
        device = try row.get("mountpoint")
        host = try row.get("attached_host")
        connector = try row.get("connector")
        attachedAt = try row.get("attached_at")
        detachedAt = try row.get("detached_at")
        createdAt = try row.get("created_at")
    }

    /// It may be reached by its host: the export must stand.
    package var isConnected: Bool { connector != nil }
}
