import Core
package import Database
package import FoundationEssentials

/// Looks up all that a token stands for, and refuses what no longer holds.
package enum TokenResolver {
    /// What whoever asks for a token has read already, a moment ago.
    package struct Known: Sendable {
        package var account: (user: User, domain: Project)?
        package var project: (project: Project, domain: Project)?

        package init() {}
    }

    /// - Parameters:
    ///   - isNew: for a token being issued, which no earlier revocation concerns.
    ///   - known: is not read again, but for whether the user is enabled.
    /// - Throws: `InvalidToken`.
    package static func resolve(
        _ payload: TokenPayload, issuedAt: Date, now: Date, isNew: Bool = false, known: Known = Known(),
        _ tx: Transaction
    ) throws -> Token {
        let (user, userDomain) = try enabledUser(payload.user, payload.scope.readsRoles ? known : Known(), tx)
        var token = Token(
            payload: payload, issuedAt: issuedAt, user: user, userDomain: userDomain, roles: [])
        token.vouchedUntil = user.vouchedUntil
        let inferences = try RoleStore.inferences(tx)
        var subjects = [user.id]
        // What is known was read before the password was checked, which takes a while.
        func roles(_ groups: [GroupID] = [], at target: RoleTarget) throws -> Set<RoleID> {
            let standing = try AssignmentStore.standing(of: user.id, and: groups, at: target, asOf: now, tx)
            guard standing.isEnabled else { throw InvalidToken("the user or the user's domain is disabled") }
            return standing.roles
        }
        switch payload.scope {
        case .unscoped: break
        case .system:
            token.roles = inferences.effective(try roles(at: .system))
        case .domain(let id):
            token.domain = try enabledDomain(id, tx)
            let groups = payload.federation?.groups ?? []
            token.roles = inferences.effective(try roles(groups, at: .domain(id)))
        case .project(let id):
            (token.project, token.projectDomain) = try enabledProject(id, known, tx)
            let groups = payload.federation?.groups ?? []
            token.roles = inferences.effective(try roles(groups, at: .project(id)))
        case .applicationCredential(let id, let project):
            (token.project, token.projectDomain) = try enabledProject(project, known, tx)
            let credential = try self.credential(id, of: user.id, in: project, now: now, tx)
            token.applicationCredential = credential
            let held = inferences.closure(of: try roles(at: .project(project)))
            token.roles = credential.roles.filter(held.contains).compactMap { inferences.roles[$0] }
                .filter { $0.domainID == nil }
        case .oauth(let id, let project):
            (token.project, token.projectDomain) = try enabledProject(project, known, tx)
            let access = try accessToken(id, of: user.id, in: project, now: now, tx)
            token.accessToken = access
            let held = inferences.closure(of: try roles(at: .project(project)))
            token.roles = inferences.effective(access.roles.filter(held.contains))
        case .trust(let id, let project):
            let trust = try self.trust(id, to: user.id, in: project, now: now, isNew: isNew, tx)
            subjects += try applyTrust(trust, to: &token, inferences, now: now, tx)
        }
        if let federation = payload.federation { try applyFederation(federation, to: &token, tx) }
        if token.isScoped, token.roles.isEmpty { throw InvalidToken("no role is held in the token's scope") }
        if !isNew, try isRevoked(token, subjects, tx) { throw InvalidToken("revoked") }
        return token
    }

    private static func isRevoked(_ token: Token, _ users: [UserID], _ tx: Transaction) throws -> Bool {
        try RevocationStore.isRevoked(
            users: users, project: token.project?.id,
            domains: [token.userDomain.asDomainID]
                + [token.domain?.asDomainID, token.project?.domainID].compactMap(\.self),
            trust: token.trust?.id, applicationCredential: token.applicationCredential?.id,
            auditID: token.payload.auditIDs.first ?? "", auditChainID: token.auditChainID,
            issuedAt: token.issuedAt, tx)
    }

    // MARK: Parts

    private static func enabledUser(
        _ id: UserID, _ known: Known, _ tx: Transaction
    ) throws -> (User, Project) {
        var account = known.account.flatMap { $0.user.id == id ? $0 : nil }
        if account == nil { account = try UserStore.account(.id(id), tx).map { ($0.user, $0.domain) } }
        guard let account else { throw InvalidToken("the user or the user's domain does not exist") }
        guard account.user.isEnabled else { throw InvalidToken("the user is disabled") }
        try check(account.domain)
        return account
    }

    private static func check(_ domain: Project) throws {
        guard domain.isEnabled else { throw InvalidToken("the domain is disabled") }
    }

    private static func enabledDomain(_ id: DomainID, _ tx: Transaction) throws -> Project {
        guard let domain = try ProjectStore.findDomain(id, tx) else { throw InvalidToken("the domain does not exist") }
        try check(domain)
        return domain
    }

    private static func enabledProject(
        _ id: ProjectID, _ known: Known, _ tx: Transaction
    ) throws -> (Project, Project) {
        var found = known.project.flatMap { $0.project.id == id ? $0 : nil }
        if found == nil { found = try ProjectStore.findWithDomain(.id(id), tx) }
        guard let found else { throw InvalidToken("the project or its domain does not exist") }
        guard found.project.isEnabled else { throw InvalidToken("the project is disabled") }
        try check(found.domain)
        return found
    }

    private static func credential(
        _ id: ApplicationCredentialID, of user: UserID, in project: ProjectID, now: Date, _ tx: Transaction
    ) throws -> ApplicationCredential {
        guard let credential = try ApplicationCredentialStore.find(id, tx), credential.userID == user,
            credential.projectID == project
        else { throw InvalidToken("the application credential does not exist") }
        if let end = credential.expiresAt, end <= now { throw InvalidToken("the application credential has expired") }
        return credential
    }

    private static func accessToken(
        _ id: OAuthAccessTokenID, of user: UserID, in project: ProjectID, now: Date, _ tx: Transaction
    ) throws -> OAuthAccessToken {
        guard let token = try OAuthTokenStore.accessToken(id, tx), token.authorizingUserID == user,
            token.projectID == project
        else { throw InvalidToken("the OAuth access token does not exist") }
        if let end = token.expiresAt, end <= now { throw InvalidToken("the OAuth access token has expired") }
        return token
    }

    /// An identity provider's users are gone with it, and their groups with themselves.
    private static func applyFederation(
        _ federation: TokenPayload.Federation, to token: inout Token, _ tx: Transaction
    ) throws {
        guard let provider = try IdentityProviderStore.find(federation.identityProvider, tx), provider.isEnabled else {
            throw InvalidToken("the identity provider is disabled, or does not exist")
        }
        token.federatedGroups = try GroupStore.find(federation.groups, tx)
        guard token.federatedGroups.count == Set(federation.groups).count else {
            throw InvalidToken("a group that the identity provider named does not exist any more")
        }
    }

    private static func trust(
        _ id: TrustID, to trustee: UserID, in project: ProjectID?, now: Date, isNew: Bool, _ tx: Transaction
    ) throws -> Trust {
        let found = isNew ? try TrustStore.find(id, at: now, tx) : try TrustStore.findForToken(id, at: now, tx)
        guard let trust = found, trust.projectID == project else { throw InvalidToken("the trust does not exist") }
        guard trust.trustee == trustee else { throw InvalidToken("the user is not the trustee") }
        return trust
    }

    /// The roles lent, as long as the first trustor of the chain still holds every one of them.
    /// - Returns: the users between, and the first.
    private static func applyTrust(
        _ trust: Trust, to token: inout Token, _ inferences: RoleInferences, now: Date, _ tx: Transaction
    ) throws -> [UserID] {
        let (trustor, trustorDomain) = try enabledUser(trust.trustor, Known(), tx)
        token.trust = trust
        let pedigree = try TrustStore.pedigree(of: trust.id, at: now, tx)
        guard let origin = pedigree.last?.trustor else { throw InvalidToken("the trust does not exist") }
        guard pedigree.allSatisfy(\.isAlive) else {
            throw InvalidToken("a trust that it was redelegated from has ended, or somebody between is disabled")
        }
        token.vouchedUntil = pedigree.compactMap(\.vouchedUntil).min()
        if let project = trust.projectID {
            (token.project, token.projectDomain) = try enabledProject(project, Known(), tx)
            let held = inferences.closure(
                of: try AssignmentStore.roles(of: origin, at: .project(project), asOf: now, tx))
            let lent = inferences.closure(of: trust.roles)
            guard !lent.isEmpty, lent.isSubset(of: held) else {
                throw InvalidToken("the trustor no longer holds the roles lent")
            }
            token.roles = inferences.effective(trust.roles)
        }
        if trust.isImpersonation {
            token.user = trustor
            token.userDomain = trustorDomain
        }
        return pedigree.map(\.trustor)
    }
}

extension TokenPayload.Scope {
    /// Whether roles of the token's own user are read, and so whether that user is enabled.
    fileprivate var readsRoles: Bool {
        switch self {
        case .unscoped, .trust: false
        case .system, .domain, .project, .applicationCredential, .oauth: true
        }
    }
}
