package import Core
package import Database

/// Security groups: named sets of rules that ports follow.
package struct SecurityGroups: ResourceBehaviour {
    package var type: ResourceType { .securityGroups }

    package init() {}

    package var isMadeOnSight: (@Sendable (_ project: String, NetworkChange) throws -> Void)? {
        { _ = try DefaultGroup.ensure($0, $1) }
    }

    package func visible(to caller: Caller) -> SQL {
        if caller.isAdmin { return "TRUE" }
        return """
            (r.project_id = \(caller.projectID) OR EXISTS (
                SELECT 1 FROM rbac_policies b WHERE b.object_id = r.id AND b.object_type = 'security_group'
                AND b.target_project IN ('*', \(caller.projectID))))
            """
    }

    package func complete(_ records: inout [Record], for caller: Caller, _ transaction: Transaction) throws {
        let ids = records.map(\.id)
        guard !ids.isEmpty else { return }
        var rules = try RecordStore.select(
            .securityGroupRules, where: "r.security_group_id IN \(anyOf: ids)", tail: " ORDER BY r.id", transaction)
        try SecurityGroupRules().complete(&rules, for: caller, transaction)
        let byGroup = Dictionary(grouping: rules) { $0.string("security_group_id") }
        let shared = Set(
            try transaction.query(
                """
                SELECT object_id FROM rbac_policies WHERE object_id IN \(anyOf: ids)
                AND action = 'access_as_shared' AND target_project IN ('*', \(caller.projectID))
                """
            ).map { try $0.get("object_id", as: String.self) })
        for index in records.indices {
            records[index]["security_group_rules"] = .array(
                (byGroup[records[index].id] ?? []).map { ResourceView.object($0, .securityGroupRules) })
            records[index]["shared"] = .bool(shared.contains(records[index].id))
        }
    }

    package func needed(for fields: Set<String>) -> Set<String>? {
        fields.isDisjoint(with: ["security_group_rules", "shared"]) ? fields : nil
    }

    /// What is asked for is in the rows.
    package func complete(
        _ records: inout [Record], only names: Set<String>, for caller: Caller, _ transaction: Transaction
    ) throws {}

    package func filter(_ name: String, _ values: [String], for caller: Caller) throws -> SQL? {
        guard name == "shared" else { return nil }
        let shared: SQL = """
            EXISTS (SELECT 1 FROM rbac_policies b WHERE b.object_id = r.id AND b.action = 'access_as_shared'
            AND b.target_project IN ('*', \(caller.projectID)))
            """
        return try Check.flag(.string(values.first ?? "")) == true ? shared : "NOT \(sql: shared)"
    }

    package func create(_ input: [String: JSONValue], given: Set<String>, _ change: NetworkChange) throws -> String {
        let record = change.begin(input)
        try Self.refuseDefaultName(record.string("name"))
        try DefaultGroup.ensure(record.projectID, change)
        try QuotaLedger.claim("security_group", project: record.projectID, change)
        try change.insert(type, record)
        for ethertype in ["IPv4", "IPv6"] {
            try DefaultGroup.insertRule(record, direction: "egress", ethertype: ethertype, remote: nil, change)
        }
        try change.touch(.securityGroup(record.id))
        return record.id
    }

    private static func refuseDefaultName(_ name: String) throws {
        if name.lowercased() == "default" {
            throw ServiceError.network(
                .conflict, "SecurityGroupDefaultAlreadyExists", "Default security group already exists.")
        }
    }

    package func update(_ record: Record, _ changes: [String: JSONValue], _ change: NetworkChange) throws {
        if let name = changes["name"]?.string {
            if try isDefault(record, change.transaction), name != record.string("name") {
                throw ServiceError.network(
                    .conflict, "SecurityGroupCannotUpdateDefault", "Updating default security group not allowed.")
            }
            if name != record.string("name") { try Self.refuseDefaultName(name) }
        }
        try change.update(type, record.id, changes)
        try change.touch(.securityGroup(record.id))
    }

    package func delete(_ record: Record, _ change: NetworkChange) throws {
        let transaction = change.transaction
        if try isDefault(record, transaction) {
            guard change.caller.isAdmin else {
                throw ServiceError.network(
                    .conflict, "SecurityGroupCannotRemoveDefault",
                    "Insufficient rights for removing default security group.")
            }
            try transaction.execute("DELETE FROM default_security_groups WHERE security_group_id = \(record.id)")
        }
        let used = try transaction.first(
            "SELECT port_id FROM port_security_groups WHERE security_group_id = \(record.id) LIMIT 1")
        if used != nil {
            throw ServiceError.network(.conflict, "SecurityGroupInUse", "Security Group \(record.id) in use.")
        }
        // Other groups' rules about this one say nothing without it.
        let others = try transaction.query(
            """
            SELECT DISTINCT security_group_id FROM security_group_rules WHERE remote_group_id = \(record.id)
            AND security_group_id <> \(record.id)
            """)
        try transaction.execute("DELETE FROM security_group_rules WHERE remote_group_id = \(record.id)")
        try change.touch(try others.map { .securityGroup(try $0.get("security_group_id")) })
        try transaction.execute("DELETE FROM rbac_policies WHERE object_id = \(record.id)")
        try RecordStore.delete(type, record.id, transaction)
        try change.touch(.securityGroup(record.id))
    }

    private func isDefault(_ record: Record, _ transaction: Transaction) throws -> Bool {
        try transaction.first(
            "SELECT project_id FROM default_security_groups WHERE security_group_id = \(record.id)") != nil
    }
}
