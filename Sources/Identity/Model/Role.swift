package import Core

/// A role; one with a domain is only a bundle of the roles it implies, and never appears in a token.
package struct Role: Sendable, Hashable {
    package var id: RoleID
    package var domainID: DomainID?
    package var name: String
    package var description: String?
    package var options: JSONObject
    package var extra: JSONObject

    package var isImmutable: Bool { options["immutable"]?.bool ?? false }
}

package struct RoleFilter: Sendable {
    /// Roles of this domain; nil: the global ones.
    package var domainID: DomainID?
    package var name: [TextFilter] = []

    package init() {}
}

/// Who holds a role.
package enum RoleActor: Sendable, Hashable {
    case user(UserID)
    case group(GroupID)

    package var type: String { if case .user = self { "user" } else { "group" } }
    package var id: String {
        switch self {
        case .user(let id): id.rawValue
        case .group(let id): id.rawValue
        }
    }
}

/// Where a role is held.
package enum RoleTarget: Sendable, Hashable {
    case project(ProjectID)
    case domain(DomainID)
    case system

    package var type: String {
        switch self {
        case .project: "project"
        case .domain: "domain"
        case .system: "system"
        }
    }

    package var id: String {
        switch self {
        case .project(let id): id.rawValue
        case .domain(let id): id.rawValue
        case .system: "system"
        }
    }
}

/// A row of the assignments table: `inherited` ones hold for the projects below the target, not for it.
package struct RoleAssignment: Sendable, Hashable {
    package var actor: RoleActor
    package var target: RoleTarget
    package var role: RoleID
    package var isInherited: Bool
}

/// The implications between roles, few enough to be worked out in memory.
package struct RoleInferences: Sendable {
    package let roles: [RoleID: Role]
    package let implied: [RoleID: [RoleID]]

    package init(roles: [Role], rules: [(prior: RoleID, implied: RoleID)]) {
        self.roles = Dictionary(roles.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        self.implied = Dictionary(grouping: rules, by: \.prior).mapValues { $0.map(\.implied) }
    }

    /// The roles and all that they imply, in any number of steps.
    package func closure(of ids: some Sequence<RoleID>) -> Set<RoleID> {
        var seen = Set(ids)
        var pending = Array(seen)
        while let role = pending.popLast() {
            for next in implied[role] ?? [] where seen.insert(next).inserted { pending.append(next) }
        }
        return seen
    }

    /// What a token shows for the roles held: implied ones added, domain-specific ones left out.
    package func effective(_ ids: some Sequence<RoleID>) -> [Role] {
        closure(of: ids).compactMap { roles[$0] }.filter { $0.domainID == nil }.sorted { $0.name < $1.name }
    }
}
