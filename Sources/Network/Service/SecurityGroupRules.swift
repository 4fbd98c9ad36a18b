package import Core
package import Database

/// Rules of security groups: what is let in or out.
package struct SecurityGroupRules: ResourceBehaviour {
    package var type: ResourceType { .securityGroupRules }

    package init() {}

    package func visible(to caller: Caller) -> SQL {
        if caller.isAdmin { return "TRUE" }
        return """
            (r.project_id = \(caller.projectID) OR EXISTS (
                SELECT 1 FROM security_groups g WHERE g.id = r.security_group_id
                AND g.project_id = \(caller.projectID)))
            """
    }

    package func complete(_ records: inout [Record], for caller: Caller, _ transaction: Transaction) throws {
        let groups = Set(records.map { $0.string("security_group_id") }).sorted()
        guard !groups.isEmpty else { return }
        let rows = try transaction.query(
            "SELECT security_group_id FROM default_security_groups WHERE security_group_id IN \(anyOf: groups)")
        let defaults = Set(try rows.map { try $0.get("security_group_id", as: String.self) })
        for index in records.indices {
            let prefix = records[index].optional("remote_ip_prefix")
            records[index]["normalized_cidr"] =
                prefix.flatMap { IPNetwork($0) }.map { .string($0.description) } ?? .null
            records[index]["remote_address_group_id"] = .null
            records[index]["belongs_to_default_sg"] = .bool(
                defaults.contains(records[index].string("security_group_id")))
        }
    }

    package func create(_ input: [String: JSONValue], given: Set<String>, _ change: NetworkChange) throws -> String {
        let groupID = Record(input).string("security_group_id")
        guard
            let group = try RecordStore.find(.securityGroups, groupID, locked: true, change.transaction),
            change.caller.owns(group)
        else { throw NetworkObject.securityGroup.notFound(groupID) }
        if let remote = Record(input).optional("remote_group_id") {
            _ = try ResourceReader.find(SecurityGroups(), remote, for: change.caller, change.transaction)
        }
        let record = change.begin(input, project: group.projectID)
        try SecurityRuleCheck.check(record)
        try QuotaLedger.claim("security_group_rule", project: group.projectID, change)
        try Self.insert(record, change)
        try change.update(.securityGroups, group.id, [:])
        try change.touch(.securityGroup(group.id))
        return record.id
    }

    /// Inserts a rule; its fingerprint, unique in the group, refuses one that says the same.
    static func insert(_ record: Record, _ change: NetworkChange) throws {
        try change.insert(.securityGroupRules, record)
        let fingerprint = SecurityRuleCheck.fingerprint(record)
        do {
            try change.transaction.execute(
                "UPDATE security_group_rules SET fingerprint = \(fingerprint) WHERE id = \(record.id)")
        } catch let error as ServiceError where error.duplicateKey == "uq_rules_meaning" {
            let row = try change.transaction.first(
                """
                SELECT id FROM security_group_rules WHERE security_group_id = \(record.string("security_group_id"))
                AND fingerprint = \(fingerprint)
                """)
            let other: String = try row?.get("id") ?? ""
            throw ServiceError.network(
                .conflict, "SecurityGroupRuleExists", "Security group rule already exists. Rule id is \(other).")
        }
    }

    package func update(_ record: Record, _ changes: [String: JSONValue], _ change: NetworkChange) throws {
        try change.update(type, record.id, changes)
    }

    package func delete(_ record: Record, _ change: NetworkChange) throws {
        try RecordStore.delete(type, record.id, change.transaction)
        try change.update(.securityGroups, record.string("security_group_id"), [:])
        try change.touch(.securityGroup(record.string("security_group_id")))
    }
}

/// Which rules make sense, and which say the same.
enum SecurityRuleCheck {
    static func check(_ rule: Record) throws {
        let name = rule.optional("protocol")
        let number = name.map { SecurityCheck.protocols[$0] ?? Int($0) ?? -1 }
        let version = rule.string("ethertype") == "IPv6" ? 6 : 4
        if rule.optional("remote_ip_prefix") != nil, rule.optional("remote_group_id") != nil {
            throw ServiceError.network(
                .badRequest, "SecurityGroupMultipleRemoteEntites",
                "Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.")
        }
        if let prefix = rule.optional("remote_ip_prefix"), let network = IPNetwork(prefix),
            network.version.rawValue != version
        {
            throw ServiceError.network(
                .badRequest, "SecurityGroupRuleParameterConflict",
                "Conflicting value ethertype \(rule.string("ethertype")) for CIDR \(prefix)")
        }
        if version == 4, let number, number != 41, [58, 43, 44, 59, 60].contains(number) {
            throw ServiceError.network(
                .badRequest, "SecurityGroupEthertypeConflictWithProtocol",
                "Invalid ethertype \(rule.string("ethertype")) for protocol \(name ?? "").")
        }
        try checkPorts(rule, number, name)
    }

    private static func checkPorts(_ rule: Record, _ number: Int?, _ name: String?) throws {
        let low = rule.int("port_range_min")
        let high = rule.int("port_range_max")
        guard low != nil || high != nil else { return }
        guard let number else {
            throw ServiceError.network(
                .badRequest, "SecurityGroupProtocolRequiredWithPorts",
                "Must also specify protocol if port range is given.")
        }
        switch number {
        case 6, 17, 132, 33, 136:
            guard let low, let high, low <= high, low > 0 || number != 6 else {
                throw ServiceError.network(
                    .badRequest, "SecurityGroupInvalidPortRange",
                    "For TCP/UDP protocols, port_range_min must be <= port_range_max")
            }
        case 1, 58:
            for (field, value) in [("type", low), ("code", high)] {
                if let value, value > 255 {
                    throw ServiceError.network(
                        .badRequest, "SecurityGroupInvalidIcmpValue",
                        "Invalid value for ICMP \(field) (\(field == "type" ? "port_range_min" : "port_range_max")) "
                            + "\(value). It must be 0 to 255.")
                }
            }
            if low == nil, let high {
                throw ServiceError.network(
                    .badRequest, "SecurityGroupMissingIcmpType",
                    "ICMP code (port-range-max) \(high) is provided but ICMP type (port-range-min) is missing.")
            }
        default:
            throw ServiceError.network(
                .badRequest, "SecurityGroupInvalidProtocolForPort",
                "Ports cannot be specified for protocol \(name ?? ""). Ports are only supported for "
                    + "dccp, sctp, tcp, udp, udplite.")
        }
    }

    /// Equal for rules that let the same through.
    static func fingerprint(_ rule: Record) -> String {
        let number = rule.optional("protocol").map { SecurityCheck.protocols[$0] ?? Int($0) ?? -1 }
        let prefix = rule.optional("remote_ip_prefix").flatMap { IPNetwork($0) }
        // A prefix of length zero is everyone, as none is.
        let remote = rule.optional("remote_group_id") ?? prefix.map { $0.prefixLength == 0 ? "" : $0.description } ?? ""
        let parts = [
            rule.string("direction"), rule.string("ethertype"), number.map(String.init) ?? "",
            rule.int("port_range_min").map(String.init) ?? "", rule.int("port_range_max").map(String.init) ?? "",
            remote,
        ]
        return parts.joined(separator: "|")
    }
}
