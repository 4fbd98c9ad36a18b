package import Core
import Database
import FoundationEssentials

/// Groups and their members.
package struct GroupService: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    package func find(_ id: GroupID) async throws -> Group? {
        switch try await DirectoryUsers(env).find(id) {
        case .found(let group): return group
        case .gone: return nil
        case nil: return try await env.database.read("find group") { try GroupStore.find(id, $0) }
        }
    }

    package func list(_ filter: GroupFilter) async throws -> [Group] {
        if let groups = try await DirectoryUsers(env).list(filter) { return groups }
        return try await env.database.read("list groups") { try GroupStore.list(filter, $0) }
    }

    package func create(_ group: Group, _ context: RequestContext) async throws -> Group {
        try env.directories.checkWritable(group.domainID)
        do {
            try await env.change("create group", context) { tx, record in
                guard try ProjectStore.findDomain(group.domainID, tx) != nil else {
                    throw NotFound.domain(group.domainID)
                }
                try GroupStore.insert(group, tx)
                record.created(.group, group.id)
            }
            return group
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError.duplicate("group", name: group.name, in: group.domainID)
        }
    }

    package func update(
        _ id: GroupID, _ context: RequestContext, _ change: @escaping @Sendable (inout Group) throws -> Void
    ) async throws -> Group {
        try await DirectoryUsers(env).checkWritable(id)
        do {
            return try await env.change("update group", context) { tx, record in
                guard var group = try GroupStore.find(id, tx, .toChange) else { throw NotFound.group(id) }
                try change(&group)
                try GroupStore.update(group, tx)
                record.updated(.group, id)
                return group
            }
        } catch let error as ServiceError where error.duplicateKey != nil {
            guard var wanted = try await find(id) else { throw NotFound.group(id) }
            try change(&wanted)
            throw ServiceError.duplicate("group", name: wanted.name, in: wanted.domainID)
        }
    }

    /// The members' roles change with it, so their cached tokens are dropped.
    package func delete(_ id: GroupID, _ context: RequestContext) async throws {
        try await DirectoryUsers(env).checkWritable(id)
        let now = env.clock.now()
        let event = try await env.change("delete group", context) { tx, record in
            guard try GroupStore.find(id, tx) != nil else { throw NotFound.group(id) }
            try GroupStore.delete([id], tx)
            record.deleted(.group, id)
            // Of everybody: users of identity providers are members by their tokens' word.
            return try RevocationStore.number(RevocationEvent(issuedBefore: now), tx)
        }
        await env.announce(event)
    }

    package func addMember(_ user: UserID, to group: GroupID, _ context: RequestContext) async throws {
        try await checkWritable(user, group)
        let now = env.clock.now()
        let event = try await env.change("add group member", context) { tx, record in
            guard try UserStore.find(user, tx) != nil else { throw NotFound.user(user) }
            guard try GroupStore.find(group, tx) != nil else { throw NotFound.group(group) }
            try GroupStore.addMember(user, to: group, tx)
            record.updated(.group, group, about: user.rawValue, Self.member(user, "added"))
            return try Self.rolesChanged(user, at: now, tx)
        }
        await env.announce(event)
    }

    package func removeMember(_ user: UserID, from group: GroupID, _ context: RequestContext) async throws {
        try await checkWritable(user, group)
        let now = env.clock.now()
        let event = try await env.change("remove group member", context) { tx, record in
            guard try UserStore.find(user, tx) != nil else { throw NotFound.user(user) }
            guard try GroupStore.find(group, tx) != nil else { throw NotFound.group(group) }
            guard try GroupStore.removeMember(user, from: group, tx) else {
                throw ServiceError(.notFound, "User '\(user)' not found in group '\(group)'")
            }
            record.updated(.group, group, about: user.rawValue, Self.member(user, "removed"))
            return try Self.rolesChanged(user, at: now, tx)
        }
        await env.announce(event)
    }

    /// - Throws: 403 where one of them, or both, are a directory's.
    private func checkWritable(_ user: UserID, _ group: GroupID) async throws {
        let directories = DirectoryUsers(env)
        let isOfDirectory = (try await directories.has(user), try await directories.has(group))
        if isOfDirectory == (true, true) { throw Directories.readOnly }
        guard isOfDirectory == (false, false) else {
            throw ServiceError(
                .forbidden,
                "Group membership across backend boundaries is not allowed. Group in question is \(group), user is "
                    + "\(user).")
        }
    }

    /// Forgets memberships by an identity provider's word that have ended; a bounded batch per call.
    package func purge() async throws {
        let now = env.clock.now()
        try await env.database.transaction("purge group members") {
            try GroupStore.purgeVouched(before: now, limit: 1000, $0)
        }
    }

    package func hasMember(_ user: UserID, in group: GroupID) async throws -> Bool {
        try await env.database.read("check group member") { try GroupStore.hasMember(user, in: group, $0) }
    }

    private static func member(_ user: UserID, _ operation: String) -> JSONObject {
        ["actor_id": .string(user.rawValue), "actor_type": "user", "actor_operation": .string(operation)]
    }

    /// Not stored: a token's roles are worked out at each validation. Only caches need to hear of it.
    private static func rolesChanged(_ user: UserID, at now: Date, _ tx: Transaction) throws -> RevocationEvent {
        try RevocationStore.number(RevocationEvent(userID: user, issuedBefore: now), tx)
    }
}
