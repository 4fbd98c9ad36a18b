package import Core

/// The `[image]` group.
package struct ImageOptions: OptionGroup {
    package static let group = "image"

    package let stores: StoreOptions
    package let maxImageSize: Int64
    package let maxVirtualSize: Int64
    package let maxProperties: Int
    package let maxTags: Int
    package let maxMembers: Int
    package let maxImages: Int
    package let projectQuota: Int64
    package let diskFormats: [String]
    package let containerFormats: [String]
    package let importMethods: [String]
    package let requiresFormatMatch: Bool
    package let webDownloadNetworks: [String]
    package let webDownloadPorts: [Int]
    package let pageLimit: Int
    package let maxPageLimit: Int
    package let showsLocations: Bool
    package let showsDirectURL: Bool
    package let hashesLocations: Bool
    package let cacheFolder: String?
    package let cacheSize: Int64
    package let plugins: ImportPluginOptions
    package let certificateFolder: String?
    /// Those by policies are decided once the policy file is read.
    package var protections: PropertyProtections

    package init(_ options: inout OptionReader) throws {
        stores = try StoreOptions(&options)
        maxImageSize = try options.value(
            "max_image_size", default: ByteCount(1 << 40), help: "Largest image."
        ).asInt64
        maxVirtualSize = try options.value(
            "max_virtual_size", default: ByteCount(16 << 40),
            help: "Largest disk that an image may hold, whatever its file has."
        ).asInt64
        maxProperties = try options.value(
            "max_properties", default: 128, in: 0...10_000, help: "Custom properties of one image.")
        maxTags = try options.value("max_tags", default: 128, in: 0...10_000, help: "Tags of one image.")
        maxMembers = try options.value("max_members", default: 128, in: 0...10_000, help: "Members of one image.")
        maxImages = try options.value(
            "max_images", default: 0, in: 0...1_000_000, help: "Images of one project; 0 is no limit.")
        projectQuota = try options.value(
            "project_quota", default: ByteCount(0), help: "Bytes stored for one project; 0 is no limit."
        ).asInt64
        diskFormats = try options.list(
            "disk_formats",
            default: ["ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop"],
            help: "Values allowed for disk_format.")
        containerFormats = try options.list(
            "container_formats", default: ["ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed"],
            help: "Values allowed for container_format.")
        importMethods = try options.list(
            "import_methods", default: ["glance-direct", "web-download", "glance-download", "copy-image"],
            help: "Import methods offered.")
        requiresFormatMatch = try options.value(
            "require_format_match", default: true, help: "Refuse data whose format is not the image's disk_format.")
        webDownloadNetworks = try options.list(
            "web_download_networks", default: [],
            help: "Networks (CIDR) that web-download may reach although they are private, loopback or link-local.")
        webDownloadPorts = try options.list(
            "web_download_ports", default: ["80", "443"], help: "Ports that web-download may reach."
        )
        .compactMap { Int($0) }
        pageLimit = try options.value(
            "page_limit", default: 25, in: 1...10_000, help: "Images on a page when none is asked for.")
        maxPageLimit = try options.value(
            "max_page_limit", default: 1000, in: 1...10_000, help: "Most images on a page.")
        showsLocations = try options.value(
            "show_locations", default: false,
            help: "Show and accept `locations` in image documents: they tell where data is, and let users add to it.")
        showsDirectURL = try options.value(
            "show_direct_url", default: false, help: "Show `direct_url`, the place of an image's data.")
        hashesLocations = try options.value(
            "do_secure_hash", default: true, help: "Read the data of a location that is added, to know its hash.")
        cacheFolder = try options.optional(
            "image_cache_dir", help: "Folder for copies of images on this host; not set, none are kept.")
        cacheSize = try options.value(
            "image_cache_max_size", default: ByteCount(10 << 30), help: "Bytes of those copies; the oldest make room."
        ).asInt64
        plugins = try ImportPluginOptions(&options)
        certificateFolder = try options.optional(
            "certificate_dir",
            help: "Folder of certificates, UUID.pem, for signed images; not set, signed images are refused.")
        let protections: String? = try options.optional(
            "property_protection_file",
            help: "Glance's property-protections.conf: who may create, read, update and delete which properties.")
        let format = try options.value(
            "property_protection_rule_format", default: PropertyProtections.Format.roles,
            help: "Whether that file names roles, or rules of the policy file.")
        self.protections = try protections.map { try PropertyProtections(file: $0, format: format) } ?? .none
    }
}

extension ByteCount {
    fileprivate var asInt64: Int64 { Int64(bytes) }
}
