import Core

/// A mapping's rules, applied to assertions as Keystone's mapping engine applies them.
///
/// Each rule whose remote conditions all hold adds its local side; the first user named is the user.
package struct MappingRules: Sendable {
    private let rules: [(local: [JSONValue], remote: [JSONValue])]
    private let honorsDomain: Bool
    private let readsProjectsJSON: Bool
    private var patterns: [String: Pattern] = [:]

    private struct Pattern: @unchecked Sendable {
        // Unchecked: `Regex` is immutable and initialises its compiled form atomically, but does not declare itself
        // Sendable.
        let regex: Regex<AnyRegexOutput>
    }

    /// - Throws: for a regular expression that cannot be read.
    package init(_ mapping: Mapping) throws(MappingFailure) {
        rules = (mapping.rules.array ?? []).map { ($0["local"]?.array ?? [], $0["remote"]?.array ?? []) }
        honorsDomain = mapping.schemaVersion != "1.0"
        readsProjectsJSON = mapping.schemaVersion == "3.0"
        for remote in rules.flatMap(\.remote) where remote["regex"]?.bool == true {
            for key in ["any_one_of", "not_any_of", "blacklist", "whitelist"] {
                for text in remote[key]?.array?.compactMap(\.string) ?? [] {
                    do {
                        patterns[text] = Pattern(regex: try Regex(text).matchingSemantics(.unicodeScalar))
                    } catch {
                        throw MappingFailure("the regular expression \(text) cannot be read")
                    }
                }
            }
        }
    }

    /// - Parameter assertion: attributes; `;` separates the values of one.
    package func identity(of assertion: [String: String]) throws(MappingFailure) -> MappedIdentity {
        let attributes = assertion.mapValues {
            $0.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        }
        var parts: [JSONValue] = []
        for rule in rules {
            guard let values = taken(rule.remote, attributes) else { continue }
            for local in rule.local { parts.append(try fill(local, values)) }
        }
        guard !parts.isEmpty else { throw MappingFailure("no rule of the mapping fits the assertion") }
        return try Self.identity(parts, honorsDomain: honorsDomain)
    }

    private func fill(_ local: JSONValue, _ values: [[String]]) throws(MappingFailure) -> JSONValue {
        guard readsProjectsJSON, var members = local.object else {
            return try MappingTemplate.fill(local, with: values)
        }
        var projects: [JSONValue]?
        for key in ["projects", "projects_json"] {
            guard let text = members[key]?.string else { continue }
            guard let index = MappingTemplate.wholeIndex(text) ?? Int(text), values.indices.contains(index) else {
                throw MappingFailure("\(key) wants the number of a remote value")
            }
            members[key] = nil
            do {
                projects = (projects ?? []) + (try JSONValue(parsing: values[index].joined(separator: ";")).array ?? [])
            } catch {
                throw MappingFailure("the remote value for \(key) is no JSON")
            }
        }
        var filled = try MappingTemplate.fill(.object(members), with: values).object ?? [:]
        if let projects { filled["projects"] = .array((filled["projects"]?.array ?? []) + projects) }
        return .object(filled)
    }

    // MARK: Remote side

    /// The values that the local side refers to; nil when a condition does not hold.
    private func taken(_ remote: [JSONValue], _ attributes: [String: [String]]) -> [[String]]? {
        var taken: [[String]] = []
        for requirement in remote {
            guard let name = requirement["type"]?.string, let values = attributes[name], !values.isEmpty else {
                return nil
            }
            let isRegex = requirement["regex"]?.bool ?? false
            if let wanted = requirement["any_one_of"]?.array {
                guard values.contains(where: { matches($0, wanted, isRegex) }) else { return nil }
            } else if let unwanted = requirement["not_any_of"]?.array {
                guard !values.contains(where: { matches($0, unwanted, isRegex) }) else { return nil }
            } else if let black = requirement["blacklist"]?.array {
                taken.append(values.filter { !matches($0, black, isRegex) })
            } else if let white = requirement["whitelist"]?.array {
                taken.append(values.filter { matches($0, white, isRegex) })
            } else {
                taken.append(values)
            }
        }
        return taken
    }

    private func matches(_ value: String, _ wanted: [JSONValue], _ isRegex: Bool) -> Bool {
        wanted.contains { item in
            guard let text = item.string else { return false }
            guard isRegex, let pattern = patterns[text] else { return text == value }
            return value.firstMatch(of: pattern.regex) != nil
        }
    }

    // MARK: Local side

    private static func identity(
        _ parts: [JSONValue], honorsDomain: Bool
    ) throws(MappingFailure) -> MappedIdentity {
        var identity = MappedIdentity()
        var hasUser = false
        var mappingDomain: MappedIdentity.Reference?
        for part in parts {
            let domain = MappedIdentity.Reference(part["domain"])
            mappingDomain = domain ?? mappingDomain
            if let user = part["user"], user.object != nil, !hasUser {
                hasUser = true
                identity.userID = user["id"]?.string
                identity.userName = user["name"]?.string
                identity.email = user["email"]?.string
                identity.userDomain = MappedIdentity.Reference(user["domain"])
                switch user["type"]?.string ?? "ephemeral" {
                case "local": identity.isLocal = true
                case "ephemeral": break
                case let other: throw MappingFailure("user type \(other) is not supported")
                }
            }
            if let group = part["group"] { try add(group, to: &identity) }
            if let groups = part["groups"] { identity.groups += try namedGroups(groups, domain) }
            if let ids = part["group_ids"] { identity.groupIDs.formUnion(MappingTemplate.list(ids)) }
            if let projects = part["projects"]?.array {
                identity.projects = try projects.map { value throws(MappingFailure) in
                    try project(value, honorsDomain ? domain : nil)
                }
            }
        }
        if honorsDomain, identity.userDomain == nil { identity.userDomain = mappingDomain }
        return identity
    }

    private static func add(_ group: JSONValue, to identity: inout MappedIdentity) throws(MappingFailure) {
        if let id = group["id"]?.string {
            identity.groupIDs.insert(id)
        } else if let name = group["name"]?.string, let domain = MappedIdentity.Reference(group["domain"]) {
            identity.groups.append(MappedIdentity.NamedGroup(name: name, domain: domain))
        } else {
            throw MappingFailure("a group needs an id, or a name and a domain")
        }
    }

    /// Names in the part's domain, or, each after `JSON:`, groups with domains of their own.
    private static func namedGroups(
        _ value: JSONValue, _ domain: MappedIdentity.Reference?
    ) throws(MappingFailure) -> [MappedIdentity.NamedGroup] {
        try MappingTemplate.list(value).map { text throws(MappingFailure) in
            if text.hasPrefix("JSON:") {
                let parsed: JSONValue
                do { parsed = try JSONValue(parsing: String(text.dropFirst(5))) } catch {
                    throw MappingFailure("a group is no JSON")
                }
                guard let name = parsed["name"]?.string, let domain = MappedIdentity.Reference(parsed["domain"]) else {
                    throw MappingFailure("both 'groups' and 'domain' keywords must be specified")
                }
                return MappedIdentity.NamedGroup(name: name, domain: domain)
            }
            guard let domain else { throw MappingFailure("both 'groups' and 'domain' keywords must be specified") }
            return MappedIdentity.NamedGroup(name: text, domain: domain)
        }
    }

    private static func project(
        _ value: JSONValue, _ domain: MappedIdentity.Reference?
    ) throws(MappingFailure) -> MappedIdentity.Project {
        guard let name = value["name"]?.string else { throw MappingFailure("a project needs a name") }
        return MappedIdentity.Project(
            name: name, domain: MappedIdentity.Reference(value["domain"]) ?? domain,
            roles: (value["roles"]?.array ?? []).compactMap { $0["name"]?.string })
    }
}
