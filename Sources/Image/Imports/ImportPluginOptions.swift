package import Core

/// What an operator may have done to the data of every import before it is stored.
package enum ImportPlugin: String, Sendable, CaseIterable {
    case injectImageMetadata = "inject_image_metadata"
    case imageConversion = "image_conversion"
    case imageDecompression = "image_decompression"
}

/// The settings of import plugins, in the `[image]` group.
package struct ImportPluginOptions: Sendable {
    package let enabled: Set<ImportPlugin>
    package let outputFormat: OutputFormat
    /// How many are made at a time by a daemon.
    package let conversionWorkers: Int
    /// Bytes of the largest disk that is converted.
    package let maxConversion: Int64
    package let injected: [String: String]
    /// Whose images get nothing injected.
    package let ignoredRoles: Set<String>

    package enum OutputFormat: String, Sendable, CaseIterable, OptionValue { case raw, qcow2, vmdk, vdi }

    package init(_ options: inout OptionReader) throws {
        let names = try options.list(
            "image_import_plugins", default: [],
            help: "Done to imports, not to copies: image_decompression, image_conversion, inject_image_metadata.")
        enabled = Set(
            try names.map { name in
                guard let plugin = ImportPlugin(rawValue: name) else {
                    throw ConfigurationError("[image] image_import_plugins: \(name) is not known")
                }
                return plugin
            })
        outputFormat = try options.value(
            "image_conversion_output_format", default: .raw, help: "The disk_format that imports are converted to.")
        conversionWorkers = try options.value(
            "image_conversion_workers", default: 2, in: 1...64,
            help: "Conversions at a time in one daemon; of one project there is one.")
        maxConversion = Int64(
            try options.value(
                "image_conversion_max_size", default: ByteCount(256 << 30),
                help: "Largest disk that is converted: a small file can say that it is a large one."
            ).bytes)
        let pairs = try options.list(
            "inject_properties", default: [], help: "Properties that imports get, each NAME=VALUE.")
        injected = Dictionary(
            try pairs.map { pair in
                let halves = pair.split(separator: "=", maxSplits: 1).map(String.init)
                guard halves.count == 2, !PropertyNames.base.contains(halves[0]), !PropertyNames.isReserved(halves[0])
                else { throw ConfigurationError("[image] inject_properties: '\(pair)' is not NAME=VALUE") }
                return (halves[0], halves[1])
            }, uniquingKeysWith: { $1 })
        ignoredRoles = Set(
            try options.list(
                "inject_ignore_user_roles", default: ["admin"], help: "Roles whose imports get no properties."))
    }
}
