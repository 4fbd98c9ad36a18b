import ComputeModel
import Core

/// Metadata in EC2's form, below `VERSION/meta-data/`: a tree of names.
package enum EC2Metadata {
    package static let versions = [
        "1.0", "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10", "2007-12-15", "2008-02-01", "2008-09-01",
        "2009-04-04", "latest",
    ]

    /// Values by path, without a leading slash.
    package static func values(_ instance: InstanceMetadata) -> [String: String] {
        let server = instance.server
        let digits = String(server.number, radix: 16)
        let id = "i-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
        var values: [String: String] = [
            "ami-id": server.image?.id.rawValue ?? "",
            "ami-launch-index": String(server.launchIndex),
            "ami-manifest-path": "unavailable",
            "hostname": instance.hostname,
            "instance-action": "none",
            "instance-id": id,
            "instance-type": server.flavor.name,
            "local-hostname": instance.hostname,
            "local-ipv4": instance.fixedIPv4 ?? "",
            "placement/availability-zone": server.zone ?? "",
            "public-hostname": instance.hostname,
            "public-ipv4": instance.floatingIPv4 ?? "",
            "reservation-id": server.reservationID,
            "security-groups": server.securityGroups.joined(separator: "\n"),
        ]
        let root = server.rootDeviceName ?? "/dev/vda"
        values["block-device-mapping/ami"] = root.split(separator: "/").last.map(String.init) ?? "vda"
        values["block-device-mapping/root"] = root
        let attached = instance.devices.filter { $0.volume != nil && $0.bootIndex != 0 }.compactMap(\.deviceName)
        for (index, name) in attached.enumerated() { values["block-device-mapping/ebs\(index)"] = name }
        if let key = server.publicKey { values["public-keys/0/openssh-key"] = key }
        return values
    }

    /// What a path answers: a value, or the names below it, one a line; nil when there is neither.
    package static func answer(_ path: String, _ instance: InstanceMetadata) -> String? {
        let values = values(instance)
        let path = path.split(separator: "/").joined(separator: "/")
        if let value = values[path] { return value }
        // The list of keys is `0=NAME`, not a folder's.
        if path == "public-keys" {
            return instance.server.publicKey == nil ? "" : "0=\(instance.server.keyName ?? "0")"
        }
        let prefix = path.isEmpty ? "" : path + "/"
        let names = Set(
            values.keys.filter { $0.hasPrefix(prefix) }.map { key in
                let rest = key.dropFirst(prefix.count)
                guard let slash = rest.firstIndex(of: "/") else { return String(rest) }
                return String(rest[...slash])
            })
        return names.isEmpty ? nil : names.sorted().joined(separator: "\n")
    }
}
