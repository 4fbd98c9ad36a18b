import Core
import FoundationEssentials

/// The users and groups of one domain, in the directory that its options name. Only read.
final class LDAPDirectory: Sendable {
    let options: LDAPDomainOptions
    private let searches: LDAPPool
    private let logins: LDAPPool

    init(_ options: LDAPDomainOptions, clock: WallClock) {
        self.options = options
        searches = LDAPPool(
            "ldap", options.server, login: options.login, size: options.poolSize,
            lifetime: TimeInterval(options.connectionLifetime), keepsConnections: options.keepsConnections, clock: clock
        )
        logins = LDAPPool(
            "ldap-login", options.server, login: nil, size: options.loginPoolSize,
            lifetime: TimeInterval(options.loginConnectionLifetime), keepsConnections: options.keepsLoginConnections,
            clock: clock)
    }

    // MARK: Users

    func user(_ localID: String) async throws -> DirectoryEntry? {
        try await users(equal(options.users.idAttribute, localID)).first
    }

    func user(named name: String) async throws -> DirectoryEntry? {
        try await users(equal(options.users.nameAttribute, name)).first
    }

    func users(_ filters: [TextFilter]) async throws -> [DirectoryEntry] {
        let condition = filters.map { $0.condition(options.users.nameAttribute) }.joined()
        return try await users(condition).filter { entry in filters.allSatisfy { $0.holds(for: entry.name) } }
    }

    /// Of a group's entry. Members that are in no place where users are, or not users, are passed over.
    func users(of group: DirectoryEntry) async throws -> [DirectoryEntry] {
        if options.hasNestedGroups {
            return try await users("(memberOf:\(Self.chain):=\(LDAPText.filterValue(group.dn)))")
        }
        let members = try await members(of: group.dn, options.memberAttribute)
        var found: [DirectoryEntry] = []
        for part in members.chunked(100) {
            let wanted = Set(part.map(LDAPText.canonical))
            let condition = part.compactMap { member -> String? in
                if options.membersAreIDs { return equal(options.users.idAttribute, member) }
                return LDAPText.firstPart(member).map { equal($0.attribute, $0.value) }
            }
            guard !condition.isEmpty else { continue }
            let entries = try await users("(|\(condition.joined()))")
            found += entries.filter { options.membersAreIDs || wanted.contains(LDAPText.canonical($0.dn)) }
        }
        return found
    }

    /// Whether the directory takes this password for the user's.
    ///
    /// An empty one is never right: a bind without a password is an anonymous one, and succeeds for every name.
    /// - Parameter user: nil for somebody who is not there; that is refused, after as much talk with the directory.
    func accepts(_ password: String, of user: DirectoryEntry?) async throws -> Bool {
        guard !password.isEmpty, !password.utf8.contains(0), password.utf8.count <= PasswordHasher.maximumLength else {
            return false
        }
        let nobody = "\(options.users.idAttribute)=\(Hex.encode(RandomBytes.make(8))),\(options.users.base)"
        let dn = user?.dn ?? nobody
        guard !dn.isEmpty else { return false }
        let isRight = try await logins.run { connection in
            do {
                try connection.bind(dn, password)
                return true
            } catch let error as LDAPError where !error.isBroken {
                // Also what a server says of an account that is locked, or of a name that there is not.
                return false
            }
        }
        return isRight && user != nil
    }

    private func users(_ condition: String) async throws -> [DirectoryEntry] {
        let kind = options.users
        let extra = [options.mailAttribute, options.defaultProjectAttribute, options.enabling.attribute]
        let found = try await search(kind, condition, extra.compactMap(\.self))
        let enabled = found.isEmpty ? nil : try await emulatedMembers()
        return found.compactMap { entry in
            guard var user = self.entry(entry, kind) else { return nil }
            user.email = options.mailAttribute.flatMap(entry.text)
            user.defaultProjectID = options.defaultProjectAttribute.flatMap(entry.text).map { ProjectID($0) }
            user.isEnabled = isEnabled(entry, user.localID, enabled)
            return user
        }
    }

    private func isEnabled(_ entry: LDAPEntry, _ localID: String, _ members: Set<String>?) -> Bool {
        let rules = options.enabling
        if let members {
            let isByID = rules.emulationUsesGroups && options.membersAreIDs
            return members.contains(isByID ? localID : LDAPText.canonical(entry.dn))
        }
        guard let attribute = rules.attribute else { return true }
        let value = entry.text(attribute) ?? rules.fallback
        if rules.mask != 0 {
            // What is no number says nothing good.
            return Int(value).map { $0 & rules.mask != rules.mask } ?? false
        }
        return (value.lowercased() == "true") != rules.isInverted
    }

    /// Who is enabled, where an entry's members are; nil where an attribute tells.
    private func emulatedMembers() async throws -> Set<String>? {
        guard let name = options.enabling.emulationName else { return nil }
        let usesGroups = options.enabling.emulationUsesGroups
        let members = try await members(of: name, usesGroups ? options.memberAttribute : "member")
        return Set(usesGroups && options.membersAreIDs ? members : members.map(LDAPText.canonical))
    }

    // MARK: Groups

    func group(_ localID: String) async throws -> DirectoryEntry? {
        try await groups(equal(options.groups.idAttribute, localID)).first
    }

    func groups(_ filters: [TextFilter]) async throws -> [DirectoryEntry] {
        let condition = filters.map { $0.condition(options.groups.nameAttribute) }.joined()
        return try await groups(condition).filter { entry in filters.allSatisfy { $0.holds(for: entry.name) } }
    }

    func groups(of user: DirectoryEntry) async throws -> [DirectoryEntry] {
        let member = options.membersAreIDs ? user.localID : user.dn
        let attribute = options.hasNestedGroups ? "member:\(Self.chain):" : options.memberAttribute
        return try await groups(equal(attribute, member))
    }

    private func groups(_ condition: String) async throws -> [DirectoryEntry] {
        try await search(options.groups, condition, []).compactMap { entry($0, options.groups) }
    }

    // MARK: Searching

    /// Active Directory's rule for memberships through groups of groups.
    private static let chain = "1.2.840.113556.1.4.1941"

    private func equal(_ attribute: String, _ value: String) -> String {
        "(\(attribute)=\(LDAPText.filterValue(value)))"
    }

    private func search(
        _ kind: LDAPDomainOptions.Kind, _ condition: String, _ attributes: [String]
    ) async throws -> [LDAPEntry] {
        let objectClass = equal("objectClass", kind.objectClass)
        let search = LDAPSearch(
            base: kind.base, scope: options.scope,
            filter: "(&\(kind.filter)\(objectClass)(\(kind.idAttribute)=*)\(condition))",
            attributes: [kind.idAttribute, kind.nameAttribute] + attributes
                + [kind.descriptionAttribute].compactMap(\.self), pageSize: options.pageSize)
        return try await searches.run { try $0.search(search) }
    }

    private func members(of dn: String, _ attribute: String) async throws -> [String] {
        let search = LDAPSearch(base: dn, scope: .base, filter: "(objectClass=*)", attributes: [attribute])
        let entries = try await searches.run { try $0.search(search) }
        return entries.flatMap { $0.texts(attribute) }
    }

    /// Nil for what has no name or id: the cloud can do nothing with it.
    private func entry(_ entry: LDAPEntry, _ kind: LDAPDomainOptions.Kind) -> DirectoryEntry? {
        let ids = entry.texts(kind.idAttribute)
        var id = ids.first
        if ids.count > 1, let part = LDAPText.firstPart(entry.dn),
            part.attribute.lowercased() == kind.idAttribute.lowercased()
        {
            id = part.value
        }
        guard let id, !id.isEmpty, id.utf8.count <= 255, let name = entry.text(kind.nameAttribute), !name.isEmpty,
            name.utf8.count <= 255
        else { return nil }
        return DirectoryEntry(
            dn: entry.dn, localID: id, name: name, description: kind.descriptionAttribute.flatMap(entry.text))
    }
}

extension Array {
    /// In parts of at most `size`.
    fileprivate func chunked(_ size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
