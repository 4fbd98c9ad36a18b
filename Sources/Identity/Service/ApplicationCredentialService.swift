package import Core
import Database
package import FoundationEssentials

/// Application credentials and their access rules.
package struct ApplicationCredentialService: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    package func find(_ id: ApplicationCredentialID, of user: UserID) async throws -> ApplicationCredential? {
        let found = try await env.database.read("find application credential") {
            try ApplicationCredentialStore.find(id, $0)
        }
        return found?.userID == user ? found : nil
    }

    package func list(of user: UserID, name: String?) async throws -> [ApplicationCredential] {
        try await env.database.read("list application credentials") {
            try ApplicationCredentialStore.list(of: user, name: name, $0)
        }
    }

    package func roles(_ ids: [RoleID]) async throws -> [Role] {
        try await env.database.read("find roles") { try RoleStore.find(ids, $0) }
    }

    /// What a new credential is asked to be.
    package struct Request: Sendable {
        package var userID: UserID
        package var projectID: ProjectID
        package var name: String
        package var description: String?
        package var secret: String?
        package var isUnrestricted: Bool
        package var expiresAt: Date?
        /// Nil: all roles that the caller's token has.
        package var roleIDs: [RoleID]?
        package var roleNames: [String]
        package var tokenRoles: [String]
        /// A rule with an id names one of the user's; others are made.
        package var accessRules: [(id: AccessRuleID?, rule: AccessRule)]?
    }

    /// - Returns: the credential and its secret, which is shown this once.
    package func create(_ request: Request, _ context: RequestContext) async throws -> (
        ApplicationCredential, secret: String
    ) {
        let now = env.clock.now()
        if let end = request.expiresAt, end <= now {
            throw ServiceError(.badRequest, "The 'expires_at' must not be before now.")
        }
        let secret = request.secret ?? TokenText.encode(RandomBytes.make(64), padded: false)
        let hash = try await env.passwords.hash(secret)
        let id: ApplicationCredentialID = env.newID()
        do {
            let made = try await env.change("create application credential", context) { tx, record in
                var credential = ApplicationCredential(
                    id: id, userID: request.userID, projectID: request.projectID, name: request.name,
                    description: request.description, secretHash: hash, isUnrestricted: request.isUnrestricted,
                    expiresAt: request.expiresAt, roles: [], accessRules: nil)
                credential.roles = try Self.roles(request, now: now, tx)
                if let rules = request.accessRules {
                    credential.accessRules = try rules.map { try Self.rule($0, of: request.userID, tx) }
                }
                try ApplicationCredentialStore.insert(credential, tx)
                record.created(.applicationCredential, id, about: request.userID.rawValue)
                return credential
            }
            return (made, secret)
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError.duplicate("application_credential", name: request.name)
        }
    }

    private static func roles(_ request: Request, now: Date, _ tx: Transaction) throws -> [RoleID] {
        let inferences = try RoleStore.inferences(tx)
        let held = inferences.closure(
            of: try AssignmentStore.roles(of: request.userID, at: .project(request.projectID), asOf: now, tx))
        // A token of delegated roles passes on no others, whatever else its user holds.
        let names = Set(request.tokenRoles)
        let allowed = held.filter { id in
            inferences.roles[id].map { $0.domainID == nil && names.contains($0.name) } ?? false
        }
        guard request.roleIDs != nil || !request.roleNames.isEmpty else { return allowed.sorted() }
        var ids = request.roleIDs ?? []
        ids += try RoleStore.find(named: request.roleNames, tx).map(\.id)
        if let missing = ids.first(where: { !held.contains($0) }) {
            throw ServiceError(
                .badRequest,
                "Invalid application credential: Could not find role assignment with role: \(missing), user or group: "
                    + "\(request.userID), project, domain, or system: \(request.projectID).")
        }
        guard allowed.isSuperset(of: ids) else {
            throw ServiceError(
                .badRequest,
                "Invalid application credential: Cannot create an application credential with unassigned role")
        }
        return inferences.closure(of: ids).intersection(allowed).sorted()
    }

    private static func rule(
        _ given: (id: AccessRuleID?, rule: AccessRule), of user: UserID, _ tx: Transaction
    ) throws -> AccessRule {
        guard let id = given.id else { return try ApplicationCredentialStore.findOrInsert(given.rule, of: user, tx) }
        guard let rule = try ApplicationCredentialStore.rule(id, of: user, tx) else {
            throw NotFound.error("access rule", id)
        }
        return rule
    }

    package func delete(_ id: ApplicationCredentialID, of user: UserID, _ context: RequestContext) async throws {
        let now = env.clock.now()
        let event = RevocationEvent(applicationCredentialID: id, issuedBefore: now)
        let stored = try await env.change("delete application credential", context) { tx, record in
            guard try ApplicationCredentialStore.find(id, tx)?.userID == user else {
                throw NotFound.applicationCredential(id)
            }
            try ApplicationCredentialStore.delete(id, tx)
            record.deleted(.applicationCredential, id, about: user.rawValue)
            return try RevocationStore.add(event, at: now, tx)
        }
        await env.announce(stored)
    }

    // MARK: Access rules

    package func rules(of user: UserID) async throws -> [AccessRule] {
        try await env.database.read("list access rules") { try ApplicationCredentialStore.rules(of: user, $0) }
    }

    package func rule(_ id: AccessRuleID, of user: UserID) async throws -> AccessRule? {
        try await env.database.read("find access rule") { try ApplicationCredentialStore.rule(id, of: user, $0) }
    }

    /// - Throws: 403 while a credential uses the rule.
    package func deleteRule(_ id: AccessRuleID, of user: UserID, _ context: RequestContext) async throws {
        try await env.change("delete access rule", context) { tx, record in
            guard try ApplicationCredentialStore.rule(id, of: user, tx) != nil else {
                throw NotFound.error("access rule", id)
            }
            guard !(try ApplicationCredentialStore.isUsed(id, tx)) else {
                throw ServiceError(
                    .forbidden, "You are not authorized to perform the requested action: access rule is in use.")
            }
            try ApplicationCredentialStore.deleteRule(id, tx)
            record.deleted(.accessRule, id, about: user.rawValue)
        }
    }
}
