package import Core
package import Database

/// The options that domains set for themselves; sensitive values are stored encrypted.
package enum DomainConfigurationStore {
    /// One stored option. Of an encrypted one `value` is the sealed text.
    package struct Entry: Sendable {
        package var group: String
        package var name: String
        package var value: JSONValue
        package var isEncrypted: Bool
    }

    package static func list(_ domain: DomainID, _ tx: Transaction) throws -> [Entry] {
        try tx.query(
            """
            SELECT option_group, option_name, value, encrypted FROM domain_configurations
            WHERE domain_id = \(domain) ORDER BY option_group, option_name
            """
        ).map {
            Entry(
                group: try $0.get("option_group"), name: try $0.get("option_name"), value: try $0.get("value"),
                isEncrypted: try $0.get("encrypted"))
        }
    }

    /// What domains set in `ldap`, of those that use it.
    package static func ldap(_ tx: Transaction) throws -> [DomainID: [Entry]] {
        var found: [DomainID: [Entry]] = [:]
        for row in try tx.query(
            """
            SELECT d.domain_id, d.value AS driver, c.option_name, c.value, c.encrypted FROM domain_configurations d
            LEFT JOIN domain_configurations c ON c.domain_id = d.domain_id AND c.option_group = 'ldap'
            WHERE d.option_group = 'identity' AND d.option_name = 'driver'
            """)
        {
            guard try row.get("driver", as: JSONValue.self) == "ldap" else { continue }
            let domain: DomainID = try row.get("domain_id")
            guard let name = try row.get("option_name", as: String?.self) else {
                found[domain, default: []] += []
                continue
            }
            found[domain, default: []].append(
                Entry(
                    group: "ldap", name: name, value: try row.get("value"), isEncrypted: try row.get("encrypted")))
        }
        return found
    }

    /// Adds options, or gives those that are there another value, in one statement.
    package static func set(_ entries: [Entry], of domain: DomainID, _ tx: Transaction) throws {
        guard !entries.isEmpty else { return }
        let rows = entries.map { entry -> SQL in
            "(\(domain), \(entry.group), \(entry.name), \(entry.value), \(entry.isEncrypted))"
        }
        try tx.execute(
            """
            INSERT INTO domain_configurations (domain_id, option_group, option_name, value, encrypted)
            VALUES \(sql: .joined(rows, separator: ", "))
            ON DUPLICATE KEY UPDATE value = VALUES(value), encrypted = VALUES(encrypted)
            """)
    }

    package static func delete(_ part: DomainConfigurationPart, of domain: DomainID, _ tx: Transaction) throws {
        var conditions: [SQL] = ["domain_id = \(domain)"]
        if let group = part.group { conditions.append("option_group = \(group)") }
        if let name = part.option { conditions.append("option_name = \(name)") }
        try tx.execute("DELETE FROM domain_configurations\(sql: .whereAll(conditions))")
    }
}
