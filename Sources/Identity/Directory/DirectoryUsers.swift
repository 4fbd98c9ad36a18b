import Core
import Database
import FoundationEssentials

/// Users and groups of directories: asked there, and kept as rows for everything that joins with them.
///
/// Every method is nil, or does nothing, for what is in no directory, at no cost where directories are off.
struct DirectoryUsers: Sendable {
    let env: IdentityEnvironment

    init(_ env: IdentityEnvironment) { self.env = env }

    /// A user or group that the cloud knows, and where to ask.
    struct Place {
        var known: DirectoryStore.Known
        /// Nil: the domain has left its directory.
        var directory: LDAPDirectory?
    }

    /// Ids of directories are hashes, twice as long as ours.
    func mayKnow(_ id: String) -> Bool { env.directories.isOn && id.utf8.count == 64 }

    func place(_ id: String, _ kind: DirectoryStore.Kind) async throws -> Place? {
        guard mayKnow(id) else { return nil }
        let known = try await env.database.read("find directory entry") {
            try DirectoryStore.find([id], kind, $0)
        }.first
        guard let known else { return nil }
        return Place(known: known, directory: try env.directories.directory(of: known.domainID))
    }

    // MARK: Users

    enum Answer<Found: Sendable>: Sendable {
        case found(Found)
        case gone
    }

    /// The user as the directory has it now.
    func find(_ id: UserID) async throws -> Answer<User>? {
        guard let place = try await place(id.rawValue, .user) else { return nil }
        guard let found = try await place.directory?.user(place.known.localID), let directory = place.directory else {
            try await noteGone(id)
            return .gone
        }
        return .found(try await keep(found, id, in: place.known.domainID, directory))
    }

    /// Whether the user is of a directory, and so not for us to change.
    func has(_ id: UserID) async throws -> Bool { try await has(id.rawValue, .user) }

    func has(_ id: GroupID) async throws -> Bool { try await has(id.rawValue, .group) }

    private func has(_ id: String, _ kind: DirectoryStore.Kind) async throws -> Bool {
        guard mayKnow(id) else { return false }
        let known = try await env.database.read("find directory entry") { try DirectoryStore.find([id], kind, $0) }
        return known.contains { env.directories.has($0.domainID) }
    }

    /// - Throws: 403 for a directory's users.
    func checkWritable(_ id: UserID) async throws { if try await has(id) { throw Directories.readOnly } }

    func checkWritable(_ id: GroupID) async throws { if try await has(id) { throw Directories.readOnly } }

    /// Makes rows of what was only listed so far, for whoever is about to refer to it.
    func ensureRow(_ id: UserID) async throws {
        guard mayKnow(id.rawValue) else { return }
        let isThere = try await env.database.read("find user") { try UserStore.find(id, $0) } != nil
        if !isThere { _ = try await find(id) }
    }

    func ensureRow(_ id: GroupID) async throws {
        guard mayKnow(id.rawValue) else { return }
        let isThere = try await env.database.read("find group") { try GroupStore.find(id, $0) } != nil
        if !isThere { _ = try await find(id) }
    }

    func list(_ filter: UserFilter) async throws -> [User]? {
        if let group = filter.groupID {
            guard let place = try await place(group.rawValue, .group) else { return nil }
            guard let directory = place.directory, let found = try await directory.group(place.known.localID) else {
                throw NotFound.group(group)
            }
            let members = try await users(try await directory.users(of: found), in: place.known.domainID)
            return members.filter { member in filter.name.allSatisfy { $0.holds(for: member.name) } }
        }
        guard let domain = filter.domainID, let directory = try env.directories.directory(of: domain) else {
            return nil
        }
        // Their passwords, and other ways to log in, are the directory's.
        guard filter.passwordExpiry.isEmpty, filter.idpID == nil, filter.protocolID == nil, filter.uniqueID == nil
        else { return [] }
        let users = try await users(try await directory.users(filter.name), in: domain)
        return filter.page.of(
            users.filter { filter.isEnabled == nil || $0.isEnabled == filter.isEnabled }, id: \.id.rawValue)
    }

    private func users(_ entries: [DirectoryEntry], in domain: DomainID) async throws -> [User] {
        let now = env.clock.now()
        let ids = try await ids(entries, .user, in: domain)
        return entries.compactMap { entry in
            ids[entry.localID].map { entry.user(UserID($0), in: domain, at: now) }
        }.sorted { $0.id < $1.id }
    }

    func ids(
        _ entries: [DirectoryEntry], _ kind: DirectoryStore.Kind, in domain: DomainID
    ) async throws -> [String: String] {
        guard !entries.isEmpty else { return [:] }
        let localIDs = entries.map(\.localID)
        return try await env.database.transaction("name directory entries") {
            try DirectoryStore.ids(of: localIDs, kind, in: domain, $0)
        }
    }

    private func noteGone(_ id: UserID) async throws {
        let now = env.clock.now()
        let event = try await env.database.transaction("note that a directory's user is gone") {
            try DirectoryStore.wasGone(id, at: now, $0)
        }
        if let event { await env.announce(event) }
    }

    /// Keeps the user and the groups that the user is in.
    func keep(
        _ entry: DirectoryEntry, _ id: UserID, in domain: DomainID, _ directory: LDAPDirectory
    ) async throws -> User {
        let now = env.clock.now()
        let user = entry.user(id, in: domain, at: now)
        let groups = try await directory.groups(of: entry)
        let event: RevocationEvent?
        do {
            event = try await store(user, groups)
        } catch let error as ServiceError where error.duplicateKey != nil {
            // Another first login of the same user has stored it meanwhile.
            event = try await store(user, groups)
        }
        if let event { await env.announce(event) }
        return user
    }

    private func store(_ user: User, _ groups: [DirectoryEntry]) async throws -> RevocationEvent? {
        let now = env.clock.now()
        let domain = user.domainID
        return try await env.database.transaction("keep a directory's user") { tx in
            let ids = try DirectoryStore.ids(of: groups.map(\.localID), .group, in: domain, tx)
            var event = try DirectoryStore.copy(user, at: now, tx)
            let isMoved = try DirectoryStore.copy(
                groups.compactMap { group in ids[group.localID].map { group.group(GroupID($0), in: domain) } },
                of: user.id, tx)
            if isMoved, event == nil {
                // A token's roles are worked out at each validation: only caches need to hear of it.
                event = try RevocationStore.number(RevocationEvent(userID: user.id, issuedBefore: now), tx)
            }
            try DirectoryStore.wasChecked(user.id.rawValue, at: now, tx)
            return event
        }
    }
}

extension PageRequest {
    /// The page of what is sorted by its ids.
    func of<Item>(_ items: [Item], id: KeyPath<Item, String>) -> [Item] {
        let rest = marker.map { marker in items.filter { $0[keyPath: id] > marker } } ?? items
        return limit.map { Array(rest.prefix($0)) } ?? rest
    }
}
