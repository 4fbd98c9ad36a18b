import Core
import WebAPI

/// Reads the documents that describe images: the body of a create, the values of a patch.
struct ImageDocument: Sendable {
    let schemas: ImageSchemas

    /// Fills a new image from a create's body.
    /// - Throws: 403 for attributes that are not the client's to set, 400 for wrong types.
    func fill(_ image: inout Image, from body: JSONValue) throws {
        guard let members = body.object else {
            throw ServiceError(.badRequest, "Body expected in request.")
        }
        for name in members.keys.sorted() where PropertyNames.disallowed.contains(name) {
            throw ServiceError(.forbidden, "Attribute '\(name)' is read-only.")
        }
        try schemas.validate(members)
        for (name, value) in members.sorted(by: { $0.key < $1.key }) where name != "id" {
            if PropertyNames.readOnly.contains(name) {
                throw ServiceError(.forbidden, "Attribute '\(name)' is read-only.")
            }
            if !PropertyNames.base.contains(name) { try Self.checkName(name) }
            try set(name, to: value, in: &image)
        }
        try Self.checkSizes(image)
    }

    static func checkName(_ name: String) throws {
        guard name.unicodeScalars.count <= 255 else {
            throw ServiceError(.badRequest, "Custom property should not be greater than 255 characters.")
        }
        if PropertyNames.isReserved(name) { throw ServiceError(.forbidden, "Attribute '\(name)' is reserved.") }
    }

    static func checkSizes(_ image: Image) throws {
        guard image.minDisk >= 0, image.minRAM >= 0, image.minDisk <= 0x7FFF_FFFF, image.minRAM <= 0x7FFF_FFFF else {
            throw ServiceError(.badRequest, "Invalid value: min_disk and min_ram must be between 0 and 2147483647.")
        }
    }

    /// Sets one attribute whose value the schema allows.
    func set(_ name: String, to value: JSONValue, in image: inout Image) throws {
        switch name {
        case "name": image.name = value.string
        case "visibility": image.visibility = value.string.flatMap { ImageVisibility(rawValue: $0) } ?? image.visibility
        case "protected": image.isProtected = value.bool ?? image.isProtected
        case "os_hidden": image.isHidden = value.bool ?? image.isHidden
        case "owner": image.owner = value.string.map { ProjectID($0) }
        case "container_format": image.containerFormat = value.string
        case "disk_format": image.diskFormat = value.string
        case "min_disk": image.minDisk = value.int ?? image.minDisk
        case "min_ram": image.minRAM = value.int ?? image.minRAM
        case "tags":
            var seen: Set<String> = []
            image.tags = (value.array ?? []).compactMap(\.string).filter { seen.insert($0).inserted }
        case "locations":
            throw ServiceError(.forbidden, "It's not allowed to update locations if locations are invisible.")
        default: image.properties[name] = value.string
        }
    }
}
