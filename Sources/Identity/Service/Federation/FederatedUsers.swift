import Core
import Database
import FoundationEssentials

/// The local side of users whom identity providers send: their rows, groups, projects and roles.
struct FederatedUsers {
    let env: IdentityEnvironment

    /// Who comes, from where.
    struct Login: Sendable {
        var provider: IdentityProvider
        var way: FederationProtocol
        var mapping: Mapping
        var identity: MappedIdentity
    }

    struct Taken: Sendable {
        var user: UserID
        var groups: Set<GroupID>
        var event: RevocationEvent?
    }

    /// Makes the user at the first login, and gives what the mapping says. Safe to repeat.
    /// - Throws: 401 for a mapping that names nobody, or groups and roles that do not exist.
    func take(_ login: Login, at now: Date, _ tx: Transaction) throws -> Taken {
        let groups = try self.groups(login, tx)
        let (user, domain) = try self.user(login, at: now, tx)
        guard user.isEnabled else { throw ServiceError.unauthenticated("the account is disabled") }
        let grants = try self.grants(login, user.id, in: domain, tx)
        let hasLost = try vouch(login, for: user.id, in: groups, at: now, tx)
        let isGiven = try give(grants, to: user.id, isExact: login.mapping.schemaVersion == "3.0", tx)
        let isChanged = hasLost || isGiven
        let event =
            isChanged ? try RevocationStore.number(RevocationEvent(userID: user.id, issuedBefore: now), tx) : nil
        return Taken(user: user.id, groups: groups, event: event)
    }

    // MARK: Users

    private func user(_ login: Login, at now: Date, _ tx: Transaction) throws -> (User, DomainID) {
        let identity = login.identity
        guard let name = identity.userName ?? identity.userID, !name.isEmpty else {
            throw ServiceError.unauthenticated("the mapping names no user")
        }
        let unique = OAuthSignedRequest.encode(identity.userID ?? name)
        let domain = try self.domain(identity.userDomain, tx) ?? login.provider.domainID
        guard unique.utf8.count <= 255, name.utf8.count <= 255 else {
            throw ServiceError.unauthenticated("the mapped user's name is too long")
        }
        if let id = try FederationStore.user(unique, of: login.way, tx), let found = try UserStore.find(id, tx) {
            let email = identity.email.map { JSONValue.string($0) } ?? found.extra["email"]
            guard found.extra["email"] != email, var user = try UserStore.find(id, tx, .toChange) else {
                return (found, found.domainID)
            }
            user.extra["email"] = email
            try UserStore.update(user, tx)
            return (user, user.domainID)
        }
        // A local user of that name keeps it: an identity provider must not take an account over.
        let isTaken = try UserStore.find(named: name, in: domain, tx) != nil
        let user = User(
            id: env.newID(), domainID: domain, name: isTaken ? otherName(name, login) : name,
            isEnabled: true, defaultProjectID: nil, options: [:],
            extra: identity.email.map { ["email": .string($0)] } ?? [:], createdAt: now, failedAttempts: 0)
        try UserStore.insert(user, tx)
        try FederationStore.addUser(user.id, unique, of: login.way, tx)
        return (user, domain)
    }

    /// One that nobody has, no longer than names may be.
    private func otherName(_ name: String, _ login: Login) -> String {
        let end = " (\(login.provider.id) \(env.ids.hex()))"
        return name.prefix(255 - end.count) + end
    }

    private func domain(_ reference: MappedIdentity.Reference?, _ tx: Transaction) throws -> DomainID? {
        guard let reference else { return nil }
        let found =
            if let id = reference.id { try ProjectStore.findDomain(DomainID(id), tx) } else {
                try ProjectStore.find(named: reference.name ?? "", in: nil, tx)
            }
        guard let found else { throw ServiceError.unauthenticated("the mapped domain does not exist") }
        return found.asDomainID
    }

    // MARK: Groups

    /// Groups by id must exist; of those by name the ones that do not are passed over, as in Keystone.
    private func groups(_ login: Login, _ tx: Transaction) throws -> Set<GroupID> {
        let ids = login.identity.groupIDs.map { GroupID($0) }
        let found = Set(try GroupStore.find(ids, tx).map(\.id))
        guard found.count == ids.count else { throw ServiceError.unauthenticated("a mapped group does not exist") }
        var groups = found
        for (reference, named) in Dictionary(grouping: login.identity.groups, by: \.domain) {
            guard let domain = try domain(reference, tx) else { continue }
            groups.formUnion(try GroupStore.find(named: Array(Set(named.map(\.name))), in: domain, tx).map(\.id))
        }
        return groups
    }

    /// Keeps the memberships for as long as the provider's, or the options', time: what the user makes meanwhile, such
    /// as application credentials, needs them without a token of the provider.
    /// - Returns: whether the user lost any.
    private func vouch(
        _ login: Login, for user: UserID, in groups: Set<GroupID>, at now: Date, _ tx: Transaction
    ) throws -> Bool {
        let usual = env.federation.defaultAuthorizationTTL.seconds
        let time = login.provider.authorizationTTL.map { Double($0) * 60 } ?? usual
        guard time > 0 else { return false }
        return try GroupStore.vouch(
            for: user, in: groups, by: login.provider.id, until: now.addingTimeInterval(time), tx)
    }

    // MARK: Projects

    /// The roles that the mapping gives, in projects that are made where they are missing.
    private func grants(
        _ login: Login, _ user: UserID, in userDomain: DomainID, _ tx: Transaction
    ) throws -> [RoleAssignment] {
        let projects = login.identity.projects
        guard !projects.isEmpty else { return [] }
        let roles = try self.roles(Set(projects.flatMap(\.roles)).sorted(), tx)
        return try projects.flatMap { wanted -> [RoleAssignment] in
            let domain = try domain(wanted.domain, tx) ?? login.provider.domainID
            let project = try self.project(wanted.name, in: domain, tx)
            return wanted.roles.compactMap { name in
                roles[name].map {
                    RoleAssignment(actor: .user(user), target: .project(project), role: $0.id, isInherited: false)
                }
            }
        }
    }

    private func roles(_ names: [String], _ tx: Transaction) throws -> [String: Role] {
        do {
            return Dictionary(
                zip(names, try RoleStore.find(named: names, tx)), uniquingKeysWith: { first, _ in first })
        } catch let error as ServiceError where error.code == .notFound {
            throw ServiceError.unauthenticated("a mapped role does not exist")
        }
    }

    private func project(_ name: String, in domain: DomainID, _ tx: Transaction) throws -> ProjectID {
        if let found = try ProjectStore.find(named: name, in: domain, tx) { return found.id }
        let project = Project(
            id: env.newID(), name: name, domainID: domain, parentID: ProjectID(domain.rawValue), isDomain: false,
            description: "", isEnabled: true, options: [:], extra: [:])
        try ProjectStore.insert(project, tx)
        return project.id
    }

    /// - Parameter isExact: takes away the user's other roles in projects, as version 3.0 of mappings does.
    /// - Returns: whether anything changed.
    private func give(_ grants: [RoleAssignment], to user: UserID, isExact: Bool, _ tx: Transaction) throws -> Bool {
        guard isExact || !grants.isEmpty else { return false }
        let before = Set(
            try AssignmentStore.list(actors: [.user(user)], tx).filter {
                $0.target.type == "project" && !$0.isInherited
            })
        let wanted = Set(grants)
        for grant in wanted.subtracting(before) { try AssignmentStore.add(grant, tx) }
        let surplus = isExact ? before.subtracting(wanted) : []
        for grant in surplus { _ = try AssignmentStore.remove(grant, tx) }
        return before != before.subtracting(surplus).union(wanted)
    }
}
