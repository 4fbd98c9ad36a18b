package import Core
package import Database

/// The names that `include_names` adds to role assignments, read in four queries for any number of them.
package struct AssignmentNames: Sendable {
    package var users: [UserID: (name: String, domain: DomainID)] = [:]
    package var groups: [GroupID: (name: String, domain: DomainID)] = [:]
    package var projects: [ProjectID: Project] = [:]
    package var roles: [RoleID: Role] = [:]

    package func domainName(_ id: DomainID?) -> String? {
        id.flatMap { projects[ProjectID($0.rawValue)]?.name }
    }
}

extension AssignmentNames {
    package static func read(_ lines: [ListedAssignment], _ tx: Transaction) throws -> AssignmentNames {
        var names = AssignmentNames()
        let userIDs = Set(lines.compactMap { if case .user(let id) = $0.actor { id } else { nil } })
        let groupIDs = Set(lines.compactMap { if case .group(let id) = $0.actor { id } else { nil } })
        for row in try tx.query("SELECT id, name, domain_id FROM users WHERE id IN \(anyOf: userIDs)") {
            names.users[try row.get("id")] = (try row.get("name"), try row.get("domain_id"))
        }
        for row in try tx.query("SELECT id, name, domain_id FROM user_groups WHERE id IN \(anyOf: groupIDs)") {
            names.groups[try row.get("id")] = (try row.get("name"), try row.get("domain_id"))
        }
        names.roles = try RoleStore.inferences(tx).roles
        var projectIDs = Set(
            lines.compactMap { $0.target == .system ? nil : ProjectID($0.target.id) })
        projectIDs.formUnion(names.users.values.map { ProjectID($0.domain.rawValue) })
        projectIDs.formUnion(names.groups.values.map { ProjectID($0.domain.rawValue) })
        projectIDs.formUnion(names.roles.values.compactMap { $0.domainID.map { ProjectID($0.rawValue) } })
        var filter = ProjectFilter()
        filter.ids = Array(projectIDs)
        let found = try ProjectStore.list(filter, tx)
        // The domains of the projects, which may be none of those asked for.
        filter.ids = Array(Set(found.compactMap { $0.domainID.map { ProjectID($0.rawValue) } }))
        for project in try ProjectStore.list(filter, tx) + found { names.projects[project.id] = project }
        return names
    }
}
