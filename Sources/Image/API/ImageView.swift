import Core
import FoundationEssentials
import WebAPI

/// An image as documents show it: base attributes, then the custom properties flat beside them.
struct ImageView: Sendable {
    let image: Image
    let core: ImageCore

    func write(to json: inout JSONWriter) {
        let path = "/v2/images/\(image.id)"
        json.object { json in
            for (name, value) in image.properties.sorted(by: { $0.key < $1.key })
            where !PropertyNames.base.contains(name) {
                json.field(name, value)
            }
            json.field("id", image.id)
            json.field("name", image.name)
            json.field("status", image.status.rawValue)
            json.field("visibility", image.visibility.rawValue)
            json.field("owner", image.owner)
            json.field("protected", image.isProtected)
            json.field("os_hidden", image.isHidden)
            json.field("disk_format", image.diskFormat)
            json.field("container_format", image.containerFormat)
            json.field("min_disk", image.minDisk)
            json.field("min_ram", image.minRAM)
            json.field("size", image.size.map { Int($0) })
            json.field("virtual_size", image.virtualSize.map { Int($0) })
            json.field("checksum", image.checksum)
            json.field("os_hash_algo", image.hashAlgorithm)
            json.field("os_hash_value", image.hashDigest)
            json.field("tags", image.tags)
            json.field("created_at", image.createdAt.iso8601)
            json.field("updated_at", image.updatedAt.iso8601)
            let locations = core.stores.sorted(image.locations)
            if core.options.showsLocations {
                json.field("locations") { json in
                    json.array(locations) { json, location in
                        json.object {
                            $0.field("url", location.url)
                            $0.field("metadata", .object(location.shownMetadata))
                        }
                    }
                }
            }
            if core.options.showsDirectURL, let first = locations.first { json.field("direct_url", first.url) }
            if !locations.isEmpty { json.field("stores", locations.map(\.store).joined(separator: ",")) }
            json.field("self", path)
            json.field("file", "\(path)/file")
            json.field("schema", "/v2/schemas/image")
        }
    }
}
