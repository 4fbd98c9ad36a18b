package import Core
import Database

/// Roles and implications.
package struct RoleService: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    package func find(_ id: RoleID) async throws -> Role? {
        try await env.database.read("find role") { try RoleStore.find(id, $0) }
    }

    package func list(_ filter: RoleFilter) async throws -> [Role] {
        try await env.database.read("list roles") { try RoleStore.list(filter, $0) }
    }

    package func create(_ role: Role, _ context: RequestContext) async throws -> Role {
        do {
            try await env.change("create role", context) { tx, record in
                if let domain = role.domainID, try ProjectStore.findDomain(domain, tx) == nil {
                    throw NotFound.domain(domain)
                }
                try RoleStore.insert(role, tx)
                record.created(.role, role.id)
            }
            return role
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError.duplicate("role", name: role.name)
        }
    }

    package func update(
        _ id: RoleID, _ context: RequestContext, _ change: @escaping @Sendable (inout Role) throws -> Void
    ) async throws -> Role {
        let event = everything
        do {
            let (role, announced) = try await env.change("update role", context) { tx, record in
                guard let before = try RoleStore.find(id, tx, .toChange) else { throw NotFound.role(id) }
                var after = before
                try change(&after)
                var withoutOptions = after
                withoutOptions.options = before.options
                if before.isImmutable, withoutOptions != before { throw Self.immutable(id, "update") }
                try RoleStore.update(after, tx)
                record.updated(.role, id)
                // Tokens show the name.
                return (after, before.name == after.name ? nil : try RevocationStore.number(event, tx))
            }
            if let announced { await env.announce(announced) }
            return role
        } catch let error as ServiceError where error.duplicateKey != nil {
            guard var wanted = try await find(id) else { throw NotFound.role(id) }
            try change(&wanted)
            throw ServiceError.duplicate("role", name: wanted.name)
        }
    }

    package func delete(_ id: RoleID, _ context: RequestContext) async throws {
        let event = everything
        let announced = try await env.change("delete role", context) { tx, record in
            guard let role = try RoleStore.find(id, tx) else { throw NotFound.role(id) }
            if role.isImmutable { throw Self.immutable(id, "delete") }
            try RoleStore.delete(id, tx)
            record.deleted(.role, id)
            return try RevocationStore.number(event, tx)
        }
        await env.announce(announced)
    }

    private static func immutable(_ id: RoleID, _ change: String) -> ServiceError {
        .immutable("role", id.rawValue, change)
    }

    /// Anyone's roles may have changed: caches are dropped whole.
    private var everything: RevocationEvent { RevocationEvent(issuedBefore: env.clock.now()) }

    // MARK: Implications

    package func inferences() async throws -> RoleInferences {
        try await env.database.read("list implied roles") { try RoleStore.inferences($0) }
    }

    /// - Throws: 403 when the rule would lead back to `prior`, or `implied` belongs to a domain.
    package func addImplication(_ prior: RoleID, _ implied: RoleID, _ context: RequestContext) async throws -> (
        prior: Role, implied: Role
    ) {
        let prohibited = env.settings.assignment.prohibitedImpliedRoles
        let event = everything
        let (made, announced) = try await env.change("add implied role", context) { tx, record in
            guard let priorRole = try RoleStore.find(prior, tx) else { throw NotFound.role(prior) }
            guard let impliedRole = try RoleStore.find(implied, tx) else { throw NotFound.role(implied) }
            if prohibited.contains(impliedRole.name), impliedRole.domainID == nil {
                throw ServiceError(.forbidden, "\(implied) cannot be an implied roles.")
            }
            if impliedRole.domainID != nil, priorRole.domainID == nil {
                throw ServiceError(.forbidden, "\(implied) cannot be an implied roles.")
            }
            guard prior != implied, !(try RoleStore.inferences(tx)).closure(of: [implied]).contains(prior) else {
                throw ServiceError(
                    .badRequest, "Role \(implied) already implies \(prior): roles cannot imply in a circle.")
            }
            try RoleStore.addImplication(prior, implied, tx)
            record.created(.impliedRole, prior, about: implied.rawValue)
            return ((prior: priorRole, implied: impliedRole), try RevocationStore.number(event, tx))
        }
        await env.announce(announced)
        return made
    }

    package func removeImplication(_ prior: RoleID, _ implied: RoleID, _ context: RequestContext) async throws {
        let event = everything
        let announced = try await env.change("remove implied role", context) { tx, record in
            guard try RoleStore.removeImplication(prior, implied, tx) else {
                throw ServiceError(.notFound, "\(prior) does not imply \(implied).")
            }
            record.deleted(.impliedRole, prior, about: implied.rawValue)
            return try RevocationStore.number(event, tx)
        }
        await env.announce(announced)
    }
}
