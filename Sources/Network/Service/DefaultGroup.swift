import Core
import Database

/// A project's default security group: everything out, and in what comes from its own members.
enum DefaultGroup {
    /// The group's id; made on first use. The primary key of `default_security_groups` decides between racing requests.
    @discardableResult
    static func ensure(_ project: String, _ change: NetworkChange) throws -> String {
        let transaction = change.transaction
        if let id = try find(project, transaction) { return id }
        // Networks of the service itself, without a project, have no members to protect.
        if project.isEmpty { return "" }
        var record = change.begin(
            ["name": "default", "description": "Default security group", "stateful": true], project: project)
        record["tags"] = .null
        let won = try transaction.execute(
            """
            INSERT IGNORE INTO default_security_groups (project_id, security_group_id) VALUES (\(project), \(record.id))
            """)
        if won == 0, let id = try find(project, transaction) { return id }
        try change.insert(.securityGroups, record)
        for ethertype in ["IPv4", "IPv6"] {
            try insertRule(record, direction: "egress", ethertype: ethertype, remote: nil, change)
            try insertRule(record, direction: "ingress", ethertype: ethertype, remote: record.id, change)
        }
        try change.touch(.securityGroup(record.id))
        return record.id
    }

    static func find(_ project: String, _ transaction: Transaction) throws -> String? {
        try transaction.first("SELECT security_group_id FROM default_security_groups WHERE project_id = \(project)")?
            .get("security_group_id")
    }

    static func insertRule(
        _ group: Record, direction: String, ethertype: String, remote: String?, _ change: NetworkChange
    ) throws {
        let rule = change.begin(
            [
                "security_group_id": .string(group.id), "direction": .string(direction),
                "ethertype": .string(ethertype), "remote_group_id": remote.map { .string($0) } ?? .null,
                "description": "",
            ], project: group.projectID)
        try SecurityGroupRules.insert(rule, change)
    }
}
