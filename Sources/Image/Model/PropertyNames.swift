/// Names that mean something to the service itself, and so are no custom properties.
package enum PropertyNames {
    /// Written in documents but never by clients.
    package static let disallowed: Set<String> = ["direct_url", "self", "file", "schema", "stores"]
    package static let readOnly: Set<String> = [
        "created_at", "updated_at", "status", "checksum", "size", "virtual_size", "direct_url", "self", "file",
        "schema", "id", "os_hash_algo", "os_hash_value",
    ]
    package static let reserved: Set<String> = ["location", "deleted", "deleted_at"]
    /// Properties by which the service tells of its own work.
    package static let ownPrefix = "os_glance"
    package static let importing = "os_glance_importing_to_stores"
    package static let failed = "os_glance_failed_import"

    package static let base: Set<String> = [
        "checksum", "created_at", "container_format", "disk_format", "id", "min_disk", "min_ram", "name", "size",
        "virtual_size", "status", "tags", "owner", "updated_at", "visibility", "protected", "os_hidden",
        "os_hash_algo", "os_hash_value", "locations", "direct_url", "self", "file", "schema", "stores",
    ]

    package static func isReserved(_ name: String) -> Bool { reserved.contains(name) || name.hasPrefix(ownPrefix) }
}
