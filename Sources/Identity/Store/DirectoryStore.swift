import Core
import Crypto
import Database
import FoundationEssentials

/// Users and groups that are in directories: by which ids the cloud knows them, and when they were last looked at.
///
/// Their rows in `users`, `user_groups` and `group_members` are copies, for everything that joins with them.
enum DirectoryStore {
    enum Kind: String { case user, group }

    /// One user or group of a directory.
    struct Known: Sendable {
        var id: String
        var domainID: DomainID
        /// What its directory knows it by.
        var localID: String
        /// Nil: never; only listed.
        var checkedAt: Date?
    }

    /// The cloud's id, as Keystone makes it, so that an id does not depend on who made it.
    static func publicID(_ localID: String, _ kind: Kind, in domain: DomainID) -> String {
        SHA256.hash(data: Array("\(domain)\(kind.rawValue)\(localID)".utf8)).withUnsafeBytes { Hex.encode($0) }
    }

    static func find(_ ids: some Collection<String>, _ kind: Kind, _ tx: Transaction) throws -> [Known] {
        try tx.query(
            """
            SELECT public_id, domain_id, local_id, checked_at FROM directory_entries
            WHERE public_id IN \(anyOf: ids) AND entity_type = \(kind.rawValue)
            """
        ).map {
            Known(
                id: try $0.get("public_id"), domainID: try $0.get("domain_id"), localID: try $0.get("local_id"),
                checkedAt: try $0.get("checked_at"))
        }
    }

    /// The ids of entries, given to those that have none yet. Safe to repeat.
    static func ids(
        of localIDs: [String], _ kind: Kind, in domain: DomainID, _ tx: Transaction
    ) throws -> [String: String] {
        var ids: [String: String] = [:]
        for part in Array(Set(localIDs)).sorted().statementParts {
            var known = try self.known(part, kind, domain, tx)
            let missing = part.filter { known[$0] == nil }
            if !missing.isEmpty {
                let rows = missing.map { local -> SQL in
                    "(\(publicID(local, kind, in: domain)), \(domain), \(kind.rawValue), \(local))"
                }
                try tx.execute(
                    """
                    INSERT INTO directory_entries (public_id, domain_id, entity_type, local_id)
                    VALUES \(sql: .joined(rows, separator: ", ")) ON DUPLICATE KEY UPDATE local_id = local_id
                    """)
                known = try self.known(part, kind, domain, tx)
            }
            ids.merge(known) { _, new in new }
        }
        return ids
    }

    private static func known(
        _ localIDs: ArraySlice<String>, _ kind: Kind, _ domain: DomainID, _ tx: Transaction
    ) throws -> [String: String] {
        let rows = try tx.query(
            """
            SELECT local_id, public_id FROM directory_entries
            WHERE domain_id = \(domain) AND entity_type = \(kind.rawValue) AND local_id IN \(anyOf: localIDs)
            """)
        return Dictionary(
            try rows.map { (try $0.get("local_id", as: String.self), try $0.get("public_id", as: String.self)) },
            uniquingKeysWith: { first, _ in first })
    }

    static func wasChecked(_ id: String, at now: Date, _ tx: Transaction) throws {
        try tx.execute("UPDATE directory_entries SET checked_at = \(now) WHERE public_id = \(id)")
    }

    // MARK: Copies

    /// Makes the user's row like the directory's entry.
    /// - Returns: what tokens shown before depend on, where it is another now.
    static func copy(_ user: User, at now: Date, _ tx: Transaction) throws -> RevocationEvent? {
        let before = try UserStore.find(user.id, tx, .toChange)
        var row = user
        // Who is away for long is for the directory to disable.
        row.options = (before?.options ?? [:]).merging(["ignore_user_inactivity": true]) { _, new in new }
        row.lastActiveAt = before?.lastActiveAt
        if let before, before.name == row.name, before.isEnabled == row.isEnabled, before.extra == row.extra,
            before.defaultProjectID == row.defaultProjectID
        {
            return nil
        }
        row.name = try freeName(row, tx)
        guard let before else {
            try UserStore.insert(row, tx)
            return nil
        }
        try UserStore.update(row, tx)
        return try disabled(before, row, at: now, tx)
    }

    private static func disabled(
        _ before: User, _ after: User, at now: Date, _ tx: Transaction
    ) throws -> RevocationEvent? {
        let event = RevocationEvent(userID: after.id, issuedBefore: now)
        if before.isEnabled, !after.isEnabled { return try RevocationStore.add(event, at: now, tx) }
        return before.name == after.name ? nil : try RevocationStore.number(event, tx)
    }

    /// A user whom the directory has no more stays as a row that nobody can be, so that an error in a filter takes no
    /// roles away.
    static func wasGone(_ id: UserID, at now: Date, _ tx: Transaction) throws -> RevocationEvent? {
        try wasChecked(id.rawValue, at: now, tx)
        guard let before = try UserStore.find(id, tx, .toChange), before.isEnabled else { return nil }
        var after = before
        after.isEnabled = false
        // Whoever comes with the name is another.
        after.name = id.rawValue
        try UserStore.update(after, tx)
        return try disabled(before, after, at: now, tx)
    }

    /// The user's name, taken from a copy that had it before; with the id's beginning where a local user has it.
    private static func freeName(_ user: User, _ tx: Transaction) throws -> String {
        try tx.execute(
            """
            UPDATE users SET name = id, version = version + 1
            WHERE domain_id = \(user.domainID) AND name = \(user.name) AND id <> \(user.id)
            AND id IN (SELECT e.public_id FROM directory_entries e WHERE e.domain_id = \(user.domainID))
            """)
        guard let other = try UserStore.find(named: user.name, in: user.domainID, tx), other.id != user.id else {
            return user.name
        }
        let end = " (\(user.id.rawValue.prefix(8)))"
        return user.name.prefix(255 - end.count) + end
    }

    /// Makes the groups' rows, and the user's memberships in groups of the directory, like the directory's.
    /// - Returns: whether the user is in other groups now.
    static func copy(_ groups: [Group], of user: UserID, _ tx: Transaction) throws -> Bool {
        try copy(groups, tx)
        let wanted = Set(groups.map(\.id))
        let before = Set(
            try tx.query(
                """
                SELECT m.group_id FROM group_members m
                JOIN directory_entries e ON e.public_id = m.group_id WHERE m.user_id = \(user)
                """
            ).map { try $0.get("group_id", as: GroupID.self) })
        for group in wanted.subtracting(before).sorted() { try GroupStore.addMember(user, to: group, tx) }
        for group in before.subtracting(wanted).sorted() { _ = try GroupStore.removeMember(user, from: group, tx) }
        return wanted != before
    }

    static func copy(_ groups: [Group], _ tx: Transaction) throws {
        let present = Dictionary(
            try GroupStore.find(groups.map(\.id), tx).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for var group in groups {
            let before = present[group.id]
            if before?.name == group.name, before?.description == group.description { continue }
            let namesakes = try GroupStore.find(named: [group.name], in: group.domainID, tx)
            // Its own name tells nobody's rights, so a namesake may keep it.
            if namesakes.contains(where: { $0.id != group.id }) {
                group.name = group.id.rawValue
                if before?.name == group.name { continue }
            }
            if before == nil { try GroupStore.insert(group, tx) } else { try GroupStore.update(group, tx) }
        }
    }
}
