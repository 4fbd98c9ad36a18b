package import Core
import Database

/// Grants, and who holds what in effect.
package struct AssignmentService: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    /// The things a grant ties together; nil where there is no such thing.
    package struct Parties: Sendable {
        package var user: User?
        package var group: Group?
        package var project: Project?
        package var domain: Project?
        package var role: Role?
    }

    package func parties(_ actor: RoleActor, _ target: RoleTarget, _ role: RoleID?) async throws -> Parties {
        switch actor {
        case .user(let id): try await DirectoryUsers(env).ensureRow(id)
        case .group(let id): try await DirectoryUsers(env).ensureRow(id)
        }
        return try await env.database.read("find grant's parties") { tx in
            var parties = Parties()
            switch actor {
            case .user(let id): parties.user = try UserStore.find(id, tx)
            case .group(let id): parties.group = try GroupStore.find(id, tx)
            }
            switch target {
            case .project(let id): parties.project = try ProjectStore.find(id, tx)
            case .domain(let id): parties.domain = try ProjectStore.findDomain(id, tx)
            case .system: break
            }
            if let role { parties.role = try RoleStore.find(role, tx) }
            return parties
        }
    }

    /// Grants the role; safe to repeat.
    /// - Throws: 403 when a domain's role is granted outside its domain or on the system.
    package func grant(_ assignment: RoleAssignment, _ context: RequestContext) async throws {
        let event = changed(assignment)
        let announced = try await env.change("grant role", context) { tx, record in
            guard let role = try RoleStore.find(assignment.role, tx) else { throw NotFound.role(assignment.role) }
            if let domain = role.domainID {
                let targetDomain: DomainID? =
                    switch assignment.target {
                    case .project(let id): try ProjectStore.find(id, tx)?.domainID
                    case .domain(let id): id
                    case .system:
                        throw ServiceError(
                            .badRequest,
                            "Role \(role.id) is a domain-specific role. Unable to use a domain-specific role in a "
                                + "system assignment.")
                    }
                guard targetDomain == domain else {
                    throw ServiceError(
                        .forbidden,
                        "Project's domain and role's domain must be the same: role \(role.id) belongs to \(domain).")
                }
            }
            // The role's row is locked by the foreign key; the actor's and target's are locked here.
            try Self.lock(assignment, tx)
            try AssignmentStore.add(assignment, tx)
            record.add(.created, assignment)
            return try RevocationStore.number(event, tx)
        }
        await env.announce(announced)
    }

    /// So that a grant cannot outlive a user, group or project deleted at the same moment.
    private static func lock(_ assignment: RoleAssignment, _ tx: Transaction) throws {
        switch assignment.target {
        case .project(let id):
            guard try tx.first("SELECT id FROM projects WHERE id = \(id) LOCK IN SHARE MODE") != nil else {
                throw NotFound.project(id)
            }
        case .domain(let id):
            guard try tx.first("SELECT id FROM projects WHERE id = \(id) AND is_domain LOCK IN SHARE MODE") != nil
            else { throw NotFound.domain(id) }
        case .system: break
        }
        switch assignment.actor {
        case .user(let id):
            guard try tx.first("SELECT id FROM users WHERE id = \(id) LOCK IN SHARE MODE") != nil else {
                throw NotFound.user(id)
            }
        case .group(let id):
            guard try tx.first("SELECT id FROM user_groups WHERE id = \(id) LOCK IN SHARE MODE") != nil else {
                throw NotFound.group(id)
            }
        }
    }

    /// Takes the grant back. What the user delegated of it (application credentials in the project) goes too.
    package func revoke(_ assignment: RoleAssignment, _ context: RequestContext) async throws {
        let event = changed(assignment)
        let announced = try await env.change("revoke role", context) { tx, record in
            guard try AssignmentStore.remove(assignment, tx) else { throw Self.notGranted(assignment) }
            record.add(.deleted, assignment)
            if case .user(let user) = assignment.actor, case .project(let project) = assignment.target {
                try ApplicationCredentialStore.delete(of: [user], in: project, tx)
            } else if case .group(let group) = assignment.actor, case .project(let project) = assignment.target {
                let members = try GroupStore.members(of: [group], tx)[group] ?? []
                try ApplicationCredentialStore.delete(of: members, in: project, tx)
            }
            return try RevocationStore.number(event, tx)
        }
        await env.announce(announced)
    }

    private static func notGranted(_ assignment: RoleAssignment) -> ServiceError {
        ServiceError(
            .notFound,
            "Could not find role assignment with role: \(assignment.role), user or group: \(assignment.actor.id), "
                + "project, domain, or system: \(assignment.target.id).")
    }

    /// - Throws: 404 when the grant does not exist.
    package func check(_ assignment: RoleAssignment) async throws {
        let exists = try await env.database.read("check grant") { try AssignmentStore.exists(assignment, $0) }
        guard exists else { throw Self.notGranted(assignment) }
    }

    /// The roles granted to exactly this actor at exactly this target.
    package func granted(to actor: RoleActor, at target: RoleTarget, isInherited: Bool) async throws -> [Role] {
        try await env.database.read("list grants") { tx in
            let rows = try AssignmentStore.list(actors: [actor], targets: [target], isInherited: isInherited, tx)
            return try RoleStore.find(rows.map(\.role), tx)
        }
    }

    /// Whose tokens have other roles now.
    private func changed(_ assignment: RoleAssignment) -> RevocationEvent {
        let now = env.clock.now()
        switch (assignment.actor, assignment.target) {
        case (.user(let id), _): return RevocationEvent(userID: id, issuedBefore: now)
        // A group's members are not listed here: whoever has a token for the target is looked up again.
        case (.group, .project(let id)) where !assignment.isInherited:
            return RevocationEvent(projectID: id, issuedBefore: now)
        default: return RevocationEvent(issuedBefore: now)
        }
    }

    // MARK: For a user

    /// - Parameter groups: in which the user is by an identity provider's word only.
    package func projects(
        of user: UserID, and groups: [GroupID] = [], enabledOnly: Bool = true
    ) async throws -> [Project] {
        let now = env.clock.now()
        return try await env.database.read("list user's projects") { tx in
            var filter = ProjectFilter()
            filter.ids = try AssignmentStore.projects(of: user, and: groups, asOf: now, tx)
            if enabledOnly { filter.isEnabled = true }
            guard filter.ids?.isEmpty == false else { return [] }
            return try ProjectStore.list(filter, tx)
        }
    }

    package func domains(of user: UserID, and groups: [GroupID] = []) async throws -> [Project] {
        let now = env.clock.now()
        return try await env.database.read("list user's domains") { tx in
            var held = try AssignmentStore.all(of: user, asOf: now, tx)
            if !groups.isEmpty { held += try AssignmentStore.list(actors: groups.map { .group($0) }, tx) }
            var filter = ProjectFilter()
            filter.ids = held.compactMap { assignment in
                guard case .domain(let id) = assignment.target, !assignment.isInherited else { return nil }
                return ProjectID(id.rawValue)
            }
            filter.isEnabled = true
            guard filter.ids?.isEmpty == false else { return [] }
            return try ProjectStore.list(filter, tx)
        }
    }

    package func hasSystemRole(_ user: UserID) async throws -> Bool {
        let now = env.clock.now()
        return try await env.database.read("check system roles") {
            !(try AssignmentStore.roles(of: user, at: .system, asOf: now, $0)).isEmpty
        }
    }
}

extension ChangeRecord {
    /// An assignment has no id: it is found by its user or group, and by what it is on.
    fileprivate mutating func add(_ operation: Change.Operation, _ assignment: RoleAssignment) {
        var details: JSONObject = [
            "role": .string(assignment.role.rawValue), "inherited_to_projects": .bool(assignment.isInherited),
        ]
        switch assignment.actor {
        case .user(let id): details["user"] = .string(id.rawValue)
        case .group(let id): details["group"] = .string(id.rawValue)
        }
        switch assignment.target {
        case .project(let id): details["project"] = .string(id.rawValue)
        case .domain(let id): details["domain"] = .string(id.rawValue)
        case .system: details["system"] = "all"
        }
        add(operation, .assignment, assignment.actor.id, assignment.target.id, details)
    }
}
