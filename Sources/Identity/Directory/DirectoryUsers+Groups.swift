import Core
import Database

extension DirectoryUsers {
    func find(_ id: GroupID) async throws -> Answer<Group>? {
        guard let place = try await place(id.rawValue, .group) else { return nil }
        guard let found = try await place.directory?.group(place.known.localID) else { return .gone }
        let group = found.group(id, in: place.known.domainID)
        try await env.database.transaction("keep a directory's group") { try DirectoryStore.copy([group], $0) }
        return .found(group)
    }

    func list(_ filter: GroupFilter) async throws -> [Group]? {
        if let user = filter.userID {
            guard try await find(user) != nil else { return nil }
            // As its rows are now: the user's memberships were just read.
            return try await env.database.read("list groups") { try GroupStore.list(filter, $0) }
        }
        guard let domain = filter.domainID, let directory = try env.directories.directory(of: domain) else {
            return nil
        }
        let entries = try await directory.groups(filter.name)
        let ids = try await ids(entries, .group, in: domain)
        let groups = entries.compactMap { entry in
            ids[entry.localID].map { entry.group(GroupID($0), in: domain) }
        }
        return filter.page.of(groups.sorted { $0.id < $1.id }, id: \.id.rawValue)
    }
}
