package import OVSDB

/// A row of the northbound database by the name that the service knows it by.
package struct OVNRowKey: Hashable, Sendable {
    package let table: String
    package let name: String

    package init(_ table: String, _ name: String) {
        self.table = table
        self.name = name
    }
}

/// A row as it should be.
package struct OVNRow: Sendable {
    package let key: OVNRowKey
    package var columns: [String: OVSDBDatum]
    /// Columns that hold other rows' ids, by those rows' names.
    package var references: [String: [OVNRowKey]] = [:]
    /// The row that lists this one, and the column it does so in; nil for tables that stand alone.
    package var parent: OVNRowKey?
    /// Sets of other rows that must list this one, and no others of their kind: a port's groups.
    package var memberships: (table: String, column: String, names: Set<String>)?

    package init(
        _ table: String, _ name: String, _ columns: [String: OVSDBDatum], references: [String: [OVNRowKey]] = [:],
        parent: OVNRowKey? = nil
    ) {
        key = OVNRowKey(table, name)
        self.columns = columns
        self.references = references
        self.parent = parent
    }
}

/// The tables that the service writes, and how it finds its rows in them again.
package enum OVNTables {
    package static let ownerKey = "apus:owner"
    package static let nameKey = "apus:key"

    /// Tables whose rows are listed by a row of another: the table and column that list them.
    package static let parents: [String: (table: String, column: String)] = [
        "Logical_Switch_Port": ("Logical_Switch", "ports"),
        "Logical_Router_Port": ("Logical_Router", "ports"),
        "Gateway_Chassis": ("Logical_Router_Port", "gateway_chassis"),
        "Logical_Router_Static_Route": ("Logical_Router", "static_routes"),
        "NAT": ("Logical_Router", "nat"),
        "ACL": ("Port_Group", "acls"),
    ]

    private static let columns: [String: [String]] = [
        "Logical_Switch": ["name", "ports", "external_ids"],
        "Logical_Switch_Port": [
            "name", "type", "options", "tag", "addresses", "port_security", "up", "enabled", "dhcpv4_options",
            "dhcpv6_options", "external_ids",
        ],
        "DHCP_Options": ["cidr", "options", "external_ids"],
        "Port_Group": ["name", "ports", "acls", "external_ids"],
        "ACL": ["priority", "direction", "match", "action", "log", "external_ids"],
        "Logical_Router": ["name", "enabled", "options", "ports", "static_routes", "nat", "external_ids"],
        "Logical_Router_Port": [
            "name", "mac", "networks", "enabled", "gateway_chassis", "ipv6_ra_configs", "options", "external_ids",
        ],
        "Gateway_Chassis": ["name", "chassis_name", "priority", "external_ids"],
        "Logical_Router_Static_Route": ["ip_prefix", "nexthop", "external_ids"],
        "NAT": ["type", "external_ip", "external_mac", "logical_ip", "logical_port", "external_ids"],
    ]

    /// Tables that have a column `name`; rows of the others carry theirs in `external_ids`.
    package static func isNamed(_ table: String) -> Bool { columns[table]?.contains("name") == true }

    /// The southbound database's hosts.
    package static let chassis = MonitoredTable(
        "Chassis", columns: ["name", "hostname", "other_config", "external_ids"])

    package static let written: [String] = columns.keys.sorted()

    package static let monitored: [MonitoredTable] = columns.sorted { $0.key < $1.key }.map { table, columns in
        let named = columns.contains("name")
        return MonitoredTable(
            table, columns: columns,
            key: { named ? $0.string("name") : $0.map("external_ids")[nameKey] },
            owner: { $0.map("external_ids")[ownerKey] })
    }
}
