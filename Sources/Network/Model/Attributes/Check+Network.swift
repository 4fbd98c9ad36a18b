import Core

extension Check {
    package static let ipVersion: AttributeCheck = { try values([4, 6])(integer(0...1000)($0)) }

    package static let ipv6Mode = values(["slaac", "dhcpv6-stateful", "dhcpv6-stateless", nil])

    /// A short list of short names: availability zones, service types.
    package static let zones: AttributeCheck = { value in
        guard let items = value.array, items.count <= 32 else {
            throw InvalidValue("'\(value.pythonText)' is not a list")
        }
        return .array(try items.map(text(max: 255)))
    }

    package static let dictionary: AttributeCheck = { value in
        if value.isNull { return [:] }
        guard value.object != nil, value.jsonText.utf8.count <= 4095 else {
            throw InvalidValue("'\(value.pythonText)' is not a dictionary")
        }
        return value
    }

    /// No host is an empty one.
    package static let hostID: AttributeCheck = { $0.isNull ? "" : try text(max: 255)($0) }

    package static let dnsName: AttributeCheck = { value in
        let text = try text(max: 255)(value).string ?? ""
        let labels = (text.hasSuffix(".") ? text.dropLast() : text[...]).split(
            separator: ".", omittingEmptySubsequences: false)
        let fits = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { byte in
                    (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
                        || byte == 0x2D
                }
        }
        guard text.isEmpty || fits else { throw InvalidValue("'\(text)' not a valid PQDN or FQDN. Reason: bad label") }
        return .string(text)
    }

    /// Address pairs: an address or a block each, with the port's own MAC unless one is given.
    package static let addressPairs: AttributeCheck = { value in
        let pairs = try objects(
            max: 10, required: ["ip_address"],
            [
                "ip_address": { value in
                    guard let text = value.string, IPNetwork(text) != nil else {
                        throw InvalidValue("'\(value.pythonText)' is not a valid IP address")
                    }
                    return value
                },
                "mac_address": mac,
            ])(value)
        guard let items = pairs.array, Set(items).count == items.count else {
            throw InvalidValue("AllowedAddressPair contains duplicates")
        }
        return pairs
    }

    package static let dhcpOptions = objects(
        max: 64, required: ["opt_name"],
        [
            "opt_name": name(max: 64), "opt_value": orNull(text(max: 255)),
            "ip_version": ipVersion,
        ])

    package static let gatewayInfo: AttributeCheck = { value in
        if value.isNull || value.object?.isEmpty == true { return nil }
        return try object(
            required: ["network_id"],
            ["network_id": uuid, "enable_snat": flag, "external_fixed_ips": fixedIPs, "qos_policy_id": notBuilt])(value)
    }

    private static let notBuilt: AttributeCheck = { value in
        guard value.isNull else { throw InvalidValue("QoS policies are not supported") }
        return value
    }

    package static let prefixes: AttributeCheck = { value in
        guard let items = value.array, items.count <= 1000 else {
            throw InvalidValue("'\(value.pythonText)' is not a list")
        }
        return .array(try items.map(cidr))
    }
}

/// The values of security group rules, with the faults of Neutron's own converters.
package enum SecurityCheck {
    /// Names and numbers that mean the same protocol.
    package static let protocols: [String: Int] = [
        "ah": 51, "dccp": 33, "egp": 8, "esp": 50, "gre": 47, "hopopt": 0, "icmp": 1, "igmp": 2, "ip": 0,
        "ipip": 4, "ipv6-encap": 41, "ipv6-frag": 44, "ipv6-icmp": 58, "icmpv6": 58, "ipv6-nonxt": 59,
        "ipv6-opts": 60, "ipv6-route": 43, "ospf": 89, "pgm": 113, "rsvp": 46, "sctp": 132, "tcp": 6, "udp": 17,
        "udplite": 136, "vrrp": 112,
    ]

    package static let ethertype: AttributeCheck = { value in
        switch value.string?.lowercased() {
        case "ipv4": return "IPv4"
        case "ipv6": return "IPv6"
        default:
            throw ServiceError.network(
                .badRequest, "SecurityGroupRuleInvalidEtherType",
                "Security group rule for ethertype '\(value.pythonText)' not supported. "
                    + "Allowed values are ['IPv4', 'IPv6'].")
        }
    }

    package static let networkProtocol: AttributeCheck = { value in
        if value.isNull || value == "any" || value == "0" || value == 0 { return nil }
        if let number = value.int ?? value.string.flatMap({ Int($0) }), (0...255).contains(number) {
            return .string(String(number))
        }
        if let name = value.string?.lowercased(), protocols[name] != nil { return .string(name) }
        throw ServiceError.network(
            .badRequest, "SecurityGroupRuleInvalidProtocol",
            "Security group rule protocol \(value.pythonText) not supported. Only protocol values "
                + "[\(protocols.keys.sorted().joined(separator: ", "))] and integer representations [0 to 255] "
                + "are supported.")
    }

    package static let port: AttributeCheck = { value in
        if value.isNull { return value }
        guard let port = value.int ?? value.string.flatMap({ Int($0) }), (0...65535).contains(port) else {
            throw ServiceError.network(
                .badRequest, "SecurityGroupInvalidPortValue", "Invalid value for port \(value.pythonText)")
        }
        return .integer(Int64(port))
    }

    package static let prefix: AttributeCheck = { value in
        if value.isNull || value == "" { return nil }
        guard let text = value.string, let network = IPNetwork(text) else {
            throw ServiceError.network(
                .badRequest, "InvalidCIDR", "Invalid CIDR \(value.pythonText) given as IP prefix.")
        }
        // The host bits stay as they were given: `normalized_cidr` shows them cleared.
        return text.contains("/") ? value : .string(network.description)
    }
}
