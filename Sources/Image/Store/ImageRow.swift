import Core
import Database
import FoundationEssentials

extension Image {
    init(_ row: Row) throws {
        let created: Date = try row.get("created_at")
        self.init(id: try row.get("id"), owner: try row.get("owner"), createdAt: created)
        name = try row.get("name")
        status = try row.get("status")
        visibility = try row.get("visibility")
        isProtected = try row.get("protected")
        isHidden = try row.get("os_hidden")
        diskFormat = try row.get("disk_format")
        containerFormat = try row.get("container_format")
        minDisk = try row.get("min_disk")
        minRAM = try row.get("min_ram")
        size = try row.get("size")
        virtualSize = try row.get("virtual_size")
        checksum = try row.get("checksum")
        hashAlgorithm = try row.get("os_hash_algo")
        hashDigest = try row.get("os_hash_value")
        properties = try row.get("properties", as: JSONValue.self).object?.compactMapValues(\.string) ?? [:]
        tags = try row.get("tags", as: JSONValue.self).array?.compactMap(\.string) ?? []
        locations = try row.get("locations", as: JSONValue.self).decode([ImageLocation].self)
        version = try row.get("version")
        updatedAt = try row.get("updated_at")
    }

    var propertiesJSON: JSONValue { .object(properties.mapValues { .string($0) }) }
    var tagsJSON: JSONValue { .array(tags.map { .string($0) }) }
    var locationsJSON: JSONValue {
        .array(
            locations.map { location in
                [
                    "store": .string(location.store), "url": .string(location.url),
                    "metadata": .object(location.metadata),
                ]
            })
    }
}

extension ImageMember {
    init(_ row: Row) throws {
        self.init(
            image: try row.get("image_id"), member: try row.get("member"), status: try row.get("status"),
            createdAt: try row.get("created_at"), updatedAt: try row.get("updated_at"))
    }
}
