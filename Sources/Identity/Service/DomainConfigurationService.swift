package import Core
import Database

/// `/v3/domains/{id}/config`: what a domain sets for itself. Sensitive options can be set, and are never shown.
package struct DomainConfigurationService: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    private static func invalid(_ reason: String) -> ServiceError {
        ServiceError(.forbidden, "Invalid domain specific configuration: \(reason).")
    }

    private static func missing(_ part: DomainConfigurationPart, in domain: DomainID) -> ServiceError {
        ServiceError(
            .notFound, "Could not find \(part.description) in domain configuration for domain \(domain).")
    }

    // MARK: Reading

    /// - Throws: 404 when nothing of that part is set.
    package func show(
        _ part: DomainConfigurationPart, of domain: DomainID
    ) async throws -> DomainConfiguration.Values {
        try Self.check(part)
        let entries = try await env.database.read("show domain configuration") { tx in
            guard try ProjectStore.findDomain(domain, tx) != nil else { throw NotFound.domain(domain) }
            return try DomainConfigurationStore.list(domain, tx)
        }
        let shown = entries.filter { !$0.isEncrypted && part.contains($0.group, $0.name) }
        guard !shown.isEmpty else { throw Self.missing(part, in: domain) }
        return Self.values(shown)
    }

    private static func values(_ entries: [DomainConfigurationStore.Entry]) -> DomainConfiguration.Values {
        var values: DomainConfiguration.Values = [:]
        for entry in entries { values[entry.group, default: [:]][entry.name] = entry.value }
        return values
    }

    /// What options are when a domain sets none. - Throws: 403 for what a domain cannot set, or nobody may read.
    package func defaults(_ part: DomainConfigurationPart) throws -> DomainConfiguration.Values {
        try Self.check(part)
        if let group = part.group, let name = part.option,
            DomainConfiguration.option(group, name)?.isSensitive == true
        {
            throw Self.invalid("Reading the default for option \(name) in group \(group) is not supported")
        }
        var values: DomainConfiguration.Values = [:]
        for (group, options) in DomainConfiguration.groups {
            for option in options where !option.isSensitive && part.contains(group, option.name) {
                guard option.isListed || part.option != nil else { continue }
                values[group, default: [:]][option.name] = option.fallback
            }
        }
        return values
    }

    /// The rules for passwords, which every user may read so as to choose a good one.
    package func passwordRules(_ option: String?, of domain: DomainID) throws -> DomainConfiguration.Values {
        guard domain.rawValue == "default" else {
            throw Self.invalid(
                "Reading security compliance information for any domain other than the default domain is not allowed "
                    + "or supported.")
        }
        let rules = env.compliance
        let all: [String: JSONValue] = [
            "password_regex": rules.passwordRegex.map { .string($0.source) } ?? .null,
            "password_regex_description": rules.passwordRegexDescription.map { .string($0) } ?? .null,
        ]
        guard let option else { return ["security_compliance": all] }
        guard let value = all[option] else {
            throw Self.invalid(
                "Reading security compliance values other than password_regex and password_regex_description is not "
                    + "allowed.")
        }
        return ["security_compliance": [option: value]]
    }

    // MARK: Changing

    /// Replaces the whole configuration. - Returns: what is set now, and whether there was none before.
    package func replace(
        _ values: JSONValue, of domain: DomainID, _ context: RequestContext
    ) async throws -> (values: DomainConfiguration.Values, isNew: Bool) {
        let entries = try self.entries(values)
        let wasEmpty = try await env.change("replace domain configuration", context) { tx, record in
            guard try ProjectStore.findDomain(domain, tx, .toChange) != nil else { throw NotFound.domain(domain) }
            let before = try DomainConfigurationStore.list(domain, tx)
            try DomainConfigurationStore.delete(.all, of: domain, tx)
            try DomainConfigurationStore.set(entries, of: domain, tx)
            record.updated(.domainConfiguration, domain, Self.names(entries))
            return before.isEmpty
        }
        try await env.directories.load(env)
        return (Self.values(entries.filter { !$0.isEncrypted }), wasEmpty)
    }

    /// Adds to and changes the configuration; of a group or an option only what is there already.
    package func update(
        _ part: DomainConfigurationPart, to values: JSONValue, of domain: DomainID, _ context: RequestContext
    ) async throws -> DomainConfiguration.Values {
        try Self.check(part)
        // For one option the body has the option itself, without its group.
        let given = part.option == nil ? values : .object([part.group ?? "": values])
        let entries = try self.entries(given)
        try Self.checkMatch(part, given)
        let now = try await env.change("update domain configuration", context) { tx, record in
            guard try ProjectStore.findDomain(domain, tx, .toChange) != nil else { throw NotFound.domain(domain) }
            let before = try DomainConfigurationStore.list(domain, tx)
            if part.group != nil {
                guard before.contains(where: { part.contains($0.group, $0.name) }) else {
                    throw Self.missing(part, in: domain)
                }
            }
            try DomainConfigurationStore.set(entries, of: domain, tx)
            record.updated(.domainConfiguration, domain, Self.names(entries))
            return Self.values(try DomainConfigurationStore.list(domain, tx).filter { !$0.isEncrypted })
        }
        try await env.directories.load(env)
        return now
    }

    package func delete(_ part: DomainConfigurationPart, of domain: DomainID, _ context: RequestContext) async throws {
        try Self.check(part)
        try await env.change("delete domain configuration", context) { tx, record in
            guard try ProjectStore.findDomain(domain, tx, .toChange) != nil else { throw NotFound.domain(domain) }
            let before = try DomainConfigurationStore.list(domain, tx)
            guard part.group == nil || before.contains(where: { part.contains($0.group, $0.name) }) else {
                throw Self.missing(part, in: domain)
            }
            try DomainConfigurationStore.delete(part, of: domain, tx)
            record.deleted(.domainConfiguration, domain, ["part": .string(part.description)])
        }
        try await env.directories.load(env)
    }

    /// Which options were set: their values may be secret.
    private static func names(_ entries: [DomainConfigurationStore.Entry]) -> JSONObject {
        ["options": .array(entries.map { .string("\($0.group).\($0.name)") })]
    }

    // MARK: Checks

    private static func check(_ part: DomainConfigurationPart) throws {
        guard let group = part.group else { return }
        guard DomainConfiguration.groups[group] != nil else {
            throw invalid("Group \(group) is not supported for domain specific configurations")
        }
        if let name = part.option, DomainConfiguration.option(group, name) == nil {
            throw invalid("Option \(name) in group \(group) is not supported for domain specific configurations")
        }
    }

    private static func checkMatch(_ part: DomainConfigurationPart, _ values: JSONValue) throws {
        guard let group = part.group, let members = values.object else { return }
        if let name = part.option {
            guard members.count == 1, members[group]?.object?.count == 1 else {
                throw invalid(
                    "Trying to update option \(name) in group \(group), so that, and only that, option must be "
                        + "specified  in the config")
            }
            guard members[group]?[name] != nil else {
                let other = members[group]?.object?.keys.first ?? ""
                throw invalid(
                    "Trying to update option \(name) in group \(group), but config provided contains option \(other) "
                        + "instead")
            }
            return
        }
        guard members.count == 1 else {
            throw invalid(
                "Trying to update group \(group), so that, and only that, group must be specified in the config")
        }
        guard members[group] != nil else {
            let other = members.keys.first ?? ""
            throw invalid("request to update group \(group), but config provided contains group \(other) instead")
        }
    }

    /// The options of a body, sensitive ones sealed.
    private func entries(_ values: JSONValue) throws -> [DomainConfigurationStore.Entry] {
        guard let groups = values.object, !groups.isEmpty else { throw Self.invalid("No options specified") }
        return try groups.sorted { $0.key < $1.key }.flatMap { group, options in
            guard let options = options.object, !options.isEmpty else {
                throw Self.invalid(
                    "The value of group \(group) specified in the config should be a dictionary of options")
            }
            return try options.sorted { $0.key < $1.key }.map { name, value in
                try Self.check(.option(group, name))
                let isSensitive = DomainConfiguration.option(group, name)?.isSensitive ?? true
                let stored = isSensitive ? JSONValue.string(try env.encrypt(value.jsonText)) : value
                return DomainConfigurationStore.Entry(
                    group: group, name: name, value: stored, isEncrypted: isSensitive)
            }
        }
    }
}
