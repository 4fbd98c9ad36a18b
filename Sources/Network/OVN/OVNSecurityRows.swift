import Core
import OVSDB

/// Security groups as port groups with ACLs; what no ACL lets through the drop group's ACLs stop.
enum OVNSecurityRows {
    static let dropGroup = "neutron_pg_drop"

    static func groupName(_ id: String) -> String { "pg_" + String(id.map { $0 == "-" ? "_" : $0 }) }

    static func common() -> [OVNRow] {
        let group = OVNRow("Port_Group", dropGroup, [:])
        func acl(_ name: String, _ direction: String, _ match: String, _ action: String, _ priority: Int) -> OVNRow {
            OVNRow(
                "ACL", "drop/\(name)",
                [
                    "direction": .string(direction), "priority": .integer(priority), "match": .string(match),
                    "action": .string(action),
                ], parent: group.key)
        }
        return [
            group,
            acl("in", "to-lport", "outport == @\(dropGroup) && ip", "drop", 1001),
            acl("out", "from-lport", "inport == @\(dropGroup) && ip", "drop", 1001),
            // A guest may always ask for its address, whatever its groups say.
            acl(
                "dhcp4", "from-lport", "inport == @\(dropGroup) && ip4 && udp.src == 68 && udp.dst == 67", "allow", 1002
            ),
            acl(
                "dhcp6", "from-lport", "inport == @\(dropGroup) && ip6 && udp.src == 546 && udp.dst == 547", "allow",
                1002),
        ]
    }

    static func rows(_ group: Record, _ rules: [Record]) -> [OVNRow] {
        let name = groupName(group.id)
        let row = OVNRow(
            "Port_Group", name,
            ["external_ids": .stringMap(["neutron:security_group_id": group.id])])
        return [row]
            + rules.map { rule in
                OVNRow(
                    "ACL", "rule/\(rule.id)",
                    [
                        "direction": .string(rule.string("direction") == "ingress" ? "to-lport" : "from-lport"),
                        "priority": .integer(1002), "match": .string(match(rule, name)),
                        "action": .string(group.flag("stateful") ? "allow-related" : "allow-stateless"),
                        "external_ids": .stringMap(["neutron:security_group_rule_id": rule.id]),
                    ], parent: row.key)
            }
    }

    /// A rule in OVN's match language (ovn-sb(5), Logical_Flow).
    static func match(_ rule: Record, _ group: String) -> String {
        let isIngress = rule.string("direction") == "ingress"
        let ip = rule.string("ethertype") == "IPv6" ? "ip6" : "ip4"
        var parts = [isIngress ? "outport == @\(group)" : "inport == @\(group)", ip]
        let side = isIngress ? "src" : "dst"
        if let remote = rule.optional("remote_group_id") {
            parts.append("\(ip).\(side) == $\(groupName(remote))_\(ip)")
        } else if let prefix = rule.optional("remote_ip_prefix").flatMap({ IPNetwork($0) }), prefix.prefixLength > 0 {
            parts.append("\(ip).\(side) == \(prefix)")
        }
        return (parts + protocolParts(rule, ip)).joined(separator: " && ")
    }

    private static func protocolParts(_ rule: Record, _ ip: String) -> [String] {
        guard let name = rule.optional("protocol") else { return [] }
        let number = SecurityCheck.protocols[name] ?? Int(name) ?? 0
        let low = rule.int("port_range_min")
        let high = rule.int("port_range_max")
        switch number {
        case 6, 17, 132:
            let word = number == 6 ? "tcp" : number == 17 ? "udp" : "sctp"
            var parts = [word]
            if let low, low == high {
                parts.append("\(word).dst == \(low)")
            } else {
                if let low { parts.append("\(word).dst >= \(low)") }
                if let high { parts.append("\(word).dst <= \(high)") }
            }
            return parts
        case 1, 58:
            let word = ip == "ip6" ? "icmp6" : "icmp4"
            return [word] + (low.map { ["\(word).type == \($0)"] } ?? [])
                + (high.map { ["\(word).code == \($0)"] } ?? [])
        default: return ["ip.proto == \(number)"]
        }
    }
}
