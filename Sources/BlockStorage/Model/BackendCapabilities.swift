/// What a backend can do, compared with what a volume type asks for in its extra specs.
package struct BackendCapabilities: Sendable {
    package static let vendor = "Open Source"
    package static let protocolName = "iSCSI"

    private let values: [String: String]

    package init(backend: String) {
        values = [
            "volume_backend_name": backend, "pool_name": backend, "vendor_name": Self.vendor,
            "storage_protocol": Self.protocolName, "multiattach": "True", "thin_provisioning_support": "True",
            "thick_provisioning_support": "False", "QoS_support": "False",
        ]
    }

    /// The first extra spec that the backend does not meet; nil when it meets all.
    ///
    /// As Cinder's capabilities filter has it: keys without a scope, or with `capabilities:`, are asked of the
    /// backend, and one that it does not know is not met.
    package func unmet(_ specs: [String: String]) -> String? {
        specs.sorted { $0.key < $1.key }.first { key, wanted in
            var name = key[...]
            if name.hasPrefix("capabilities:") {
                name = name.dropFirst("capabilities:".count)
            } else if name.contains(":") {
                return false
            }
            guard let value = values[String(name)] else { return true }
            return !Self.matches(value, wanted)
        }?.key
    }

    private static func matches(_ value: String, _ wanted: String) -> Bool {
        let words = wanted.split(separator: " ", maxSplits: 1).map(String.init)
        guard words.count == 2 else { return value == wanted }
        switch words[0] {
        case "<is>": return value.lowercased() == words[1].lowercased()
        case "<in>": return value.contains(words[1])
        case "s==", "=": return value == words[1]
        case "s!=": return value != words[1]
        case "<or>":
            return words[1].split(separator: " ").filter { $0 != "<or>" }.contains { $0 == value }
        default: return value == wanted
        }
    }
}
