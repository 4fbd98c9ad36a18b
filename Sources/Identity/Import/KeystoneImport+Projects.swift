import Core
import Database
import FoundationEssentials

extension KeystoneImport {
    /// Domains and projects, roles and what they imply.
    var projects: [Step] { [projectStep, roleStep, implicationStep] }

    private var projectStep: Step {
        Step(
            name: "projects",
            rows: { after, limit in
                """
                SELECT p.*, p.id AS import_key FROM project p
                WHERE p.id > \(after) AND p.id <> '<<keystone.domain.root>>' ORDER BY p.id LIMIT \(limit)
                """
            }, target: "projects",
            related: { source, keys in
                var related = Related()
                try related.add(
                    "tags",
                    try await source.read(
                        """
                        SELECT project_id AS import_key, name FROM project_tag WHERE project_id IN \(anyOf: keys)
                        """))
                try related.add("options", try await source.read(Self.options("project", keys)))
                return related
            },
            make: { row, related in
                let id: String = try row.get("id")
                let isDomain: Bool = try row.get("is_domain")
                let parent: String? = try row.get("parent_id")
                let domain = try row.domain("domain_id")
                let project = Project(
                    id: ProjectID(id), name: try row.get("name"), domainID: isDomain ? nil : domain,
                    parentID: isDomain ? nil : parent.map { ProjectID($0) } ?? domain.map { ProjectID($0.rawValue) },
                    isDomain: isDomain, description: try row.get("description", as: String?.self) ?? "",
                    isEnabled: try row.get("enabled", as: Bool?.self) ?? Self.meansEnabled,
                    options: try Self.options(related.of("options", id), Self.resourceOptions), extra: try row.added(),
                    tags: try related.of("tags", id).map { try $0.get("name") })
                return { tx in
                    try ProjectStore.insert(project, tx)
                    return true
                }
            })
    }

    private var roleStep: Step {
        Step(
            name: "roles",
            rows: { after, limit in
                "SELECT r.*, r.id AS import_key FROM role r WHERE r.id > \(after) ORDER BY r.id LIMIT \(limit)"
            }, target: "roles",
            related: { source, keys in
                var related = Related()
                try related.add("options", try await source.read(Self.options("role", keys)))
                return related
            },
            make: { row, related in
                let id: String = try row.get("id")
                var extra = try row.added()
                let description: String? = try row.get("description")
                let role = Role(
                    id: RoleID(id), domainID: try row.domain("domain_id"), name: try row.get("name"),
                    description: description ?? extra.removeValue(forKey: "description")?.string,
                    options: try Self.options(related.of("options", id), Self.resourceOptions), extra: extra)
                return { tx in
                    try RoleStore.insert(role, tx)
                    return true
                }
            })
    }

    private var implicationStep: Step {
        Step(
            name: "implied roles", batch: 2000,
            rows: { after, limit in
                """
                SELECT * FROM (
                    SELECT i.*, CONCAT(i.prior_role_id, ' ', i.implied_role_id) AS import_key FROM implied_role i) k
                WHERE import_key > \(after) ORDER BY import_key LIMIT \(limit)
                """
            },
            make: { row, _ in
                let prior: String = try row.get("prior_role_id")
                let implied: String = try row.get("implied_role_id")
                return { tx in
                    try Self.add(
                        "INSERT INTO implied_roles (prior_role_id, implied_role_id) VALUES (\(prior), \(implied))", tx)
                }
            })
    }

    // MARK: Columns

    /// What Keystone's `enabled` says that is NULL: it lets nobody in.
    static let meansEnabled = false

    /// Keystone's short names of what `options` has.
    static let resourceOptions = ["IMMU": "immutable"]

    static func options(_ kind: StaticString, _ keys: [String]) -> SQL {
        switch "\(kind)" {
        case "project":
            """
            SELECT project_id AS import_key, option_id, option_value FROM project_option
            WHERE project_id IN \(anyOf: keys)
            """
        case "role":
            "SELECT role_id AS import_key, option_id, option_value FROM role_option WHERE role_id IN \(anyOf: keys)"
        default:
            "SELECT user_id AS import_key, option_id, option_value FROM user_option WHERE user_id IN \(anyOf: keys)"
        }
    }

    /// Options that have no name here are of a newer Keystone, and left out.
    static func options(_ rows: [Row], _ names: [String: String]) throws -> JSONObject {
        var options: JSONObject = [:]
        for row in rows {
            guard let name = names[try row.get("option_id")] else { continue }
            let value = try row.json("option_value")
            if value != .null { options[name] = value }
        }
        return options
    }
}
