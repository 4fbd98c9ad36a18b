package import Core

/// The `[block_storage]` group.
package struct BlockStorageOptions: OptionGroup {
    package static let group = "block_storage"

    package enum Backend: String, CaseIterable, Sendable, OptionValue { case file, lvm }

    package let backend: Backend
    package let statePath: String
    package let volumesPath: String
    package let keyFile: String
    package let portal: String?
    package let controlPort: Int
    package let availabilityZone: String
    package let defaultVolumeType: String
    package let maxVolumeGiB: Int
    package let conversionTimeout: Duration
    package let conversionMemory: ByteCount

    package init(_ options: inout OptionReader) throws {
        backend = try options.value("backend", default: .file, help: "Where volumes are kept.")
        statePath = try options.value(
            "state_path", default: "/var/lib/apus/block-storage", help: "Folder of what this service keeps on disk.")
        let state = statePath
        volumesPath =
            try options.optional(
                "volumes_path", String.self,
                help: "Folder of the file backend's volumes; STATE_PATH/volumes when unset.")
            ?? "\(state)/volumes"
        keyFile =
            try options.optional(
                "key_file", String.self,
                help: "File of the key from which iSCSI passwords are made; STATE_PATH/iscsi.key, made at first start.")
            ?? "\(state)/iscsi.key"
        portal = try options.optional(
            "iscsi_portal", String.self,
            help: "ADDRESS:PORT at which hypervisor hosts reach the iSCSI target; asked of tgtd when unset.")
        controlPort = try options.value(
            "tgt_control_port", default: 0, in: 0...32_767, help: "Which tgtd to speak to (its -C option).")
        availabilityZone = try options.value(
            "availability_zone", default: "nova", help: "The zone of all volumes here.")
        defaultVolumeType = try options.value(
            "default_volume_type", default: "__DEFAULT__", help: "The type of volumes made without one.")
        maxVolumeGiB = try options.value(
            "max_volume_size", default: 16_384, in: 1...1_048_576, help: "Largest volume, in GiB.")
        conversionTimeout = try options.value(
            "conversion_timeout", default: .seconds(3600), help: "Limit of one image conversion or volume copy.")
        conversionMemory = try options.value(
            "conversion_memory", default: ByteCount(2 << 30), help: "Address space of one image conversion.")
        guard backend == .file else {
            throw ConfigurationError(
                "[block_storage] backend: lvm needs device mapper and is not part of this release; use file")
        }
    }
}

/// The `[quota]` group: limits of a project that has none of its own; -1 is no limit.
package struct QuotaOptions: OptionGroup {
    package static let group = "quota"

    package let defaults: [QuotaResource: Int]

    package init(_ options: inout OptionReader) throws {
        var defaults: [QuotaResource: Int] = [:]
        for resource in QuotaResource.allCases {
            defaults[resource] = try options.value(
                resource.rawValue, default: resource.factoryDefault, in: -1...Int(Int32.max),
                help: "Default limit of \(resource.rawValue) in a project; -1 for none.")
        }
        self.defaults = defaults
    }
}
