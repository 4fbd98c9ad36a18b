package import Core
import FoundationEssentials
package import WebAPI

/// Who may do what with which custom property of images: Glance's `property-protections.conf`.
///
/// Its operations name roles, or in its other form each a rule of the policy file.
/// A section is a regular expression; the first one found in a property's name decides. What no section matches nobody
/// may touch. Properties can choose hosts and change a guest's firmware, so operators may want them for themselves.
package struct PropertyProtections: Sendable {
    package enum Operation: String, Sendable, CaseIterable { case create, read, update, delete }

    private struct Rule: Sendable {
        let name: Pattern
        /// Roles in small letters, or one policy rule.
        let allowed: [Operation: Set<String>]
    }

    /// The two forms of the file.
    package enum Format: String, Sendable, CaseIterable, OptionValue { case roles, policies }

    // Unchecked: `Regex` is immutable and initialises its compiled form atomically, but does not declare itself
    // Sendable.
    private struct Pattern: @unchecked Sendable {
        let regex: Regex<AnyRegexOutput>
    }

    private let rules: [Rule]
    private let format: Format
    /// Nil until the rules are known: then what they decide is refused.
    private var policy: PolicyEngine?

    /// Protects nothing.
    package static let none = PropertyProtections()

    private init() {
        rules = []
        format = .roles
    }

    /// - Throws: `ConfigurationError`, which names the file and what is wrong with it.
    package init(file: String, format: Format = .roles) throws {
        self.format = format
        rules = try Self.sections(file).filter { !$0.name.hasPrefix(PropertyNames.ownPrefix) }
            .map { try Self.rule($0.name, $0.values, format, file) }
    }

    /// The same with the rules that the file names.
    /// - Throws: `ConfigurationError` for a rule that there is not.
    package func decided(by policy: PolicyEngine) throws -> PropertyProtections {
        guard format == .policies else { return self }
        let known = Set(policy.names)
        for name in Set(rules.flatMap { $0.allowed.values.joined() }).sorted() where name != "@" && name != "!" {
            guard known.contains(name) else {
                throw ConfigurationError("the property protection file names policy rule \(name), which there is not")
            }
        }
        var protections = self
        protections.policy = policy
        return protections
    }

    /// The file's sections with their values, in its order.
    private static func sections(_ file: String) throws -> [(name: String, values: [String: String])] {
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: file)) } catch {
            throw ConfigurationError("cannot read the property protection file \(file)")
        }
        var sections: [(name: String, values: [String: String])] = []
        for (index, raw) in String(decoding: data, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false
        )
        .enumerated() {
            let line = raw.trimming(while: \.isWhitespace)
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("["), line.hasSuffix("]") {
                sections.append((String(line.dropFirst().dropLast()), [:]))
                continue
            }
            guard let equals = line.firstIndex(where: { $0 == "=" || $0 == ":" }), !sections.isEmpty else {
                throw ConfigurationError("\(file):\(index + 1): expected [property] or 'operation = roles'")
            }
            let key = line[..<equals].trimming(while: \.isWhitespace).lowercased()
            sections[sections.count - 1].values[key] = String(line[line.index(after: equals)...])
        }
        return sections
    }

    private static func rule(
        _ name: String, _ values: [String: String], _ format: Format, _ file: String
    ) throws -> Rule {
        var allowed: [Operation: Set<String>] = [:]
        for operation in Operation.allCases {
            guard let text = values[operation.rawValue] else {
                throw ConfigurationError("\(file): [\(name)] does not say who may \(operation.rawValue)")
            }
            // Rules' names are as they are written.
            let written = format == .roles ? text.lowercased() : text
            let named = Set(written.split(separator: ",").map { $0.filter { !$0.isWhitespace } })
            guard format == .roles || named.count <= 1 else {
                throw ConfigurationError("\(file): [\(name)] \(operation.rawValue): one policy rule can be named")
            }
            if named.isSuperset(of: ["@", "!"]) {
                throw ConfigurationError("\(file): [\(name)] \(operation.rawValue): @ and ! exclude each other")
            }
            allowed[operation] = named
        }
        do {
            return Rule(name: Pattern(regex: try Regex(name)), allowed: allowed)
        } catch {
            throw ConfigurationError("\(file): [\(name)] is no regular expression: \(error)")
        }
    }

    package func allows(_ operation: Operation, _ property: String, _ context: RequestContext) -> Bool {
        if rules.isEmpty || property.hasPrefix(PropertyNames.ownPrefix) { return true }
        guard let rule = rules.first(where: { property.firstMatch(of: $0.name.regex) != nil }),
            let allowed = rule.allowed[operation], !allowed.contains("!")
        else { return false }
        if allowed.contains("@") { return true }
        if format == .policies {
            guard let policy, let name = allowed.first else { return false }
            return policy.isAllowed(named: name, credentials: PolicyCredentials(context), target: .given([:]))
        }
        return (context.roles + context.serviceRoles).contains { allowed.contains($0.lowercased()) }
    }

    /// - Throws: `.forbidden`, in Glance's words.
    package func check(_ operation: Operation, _ property: String, _ context: RequestContext) throws {
        guard allows(operation, property, context) else {
            throw ServiceError(.forbidden, "Attribute '\(property)' is reserved.")
        }
    }

    /// The image without what the caller may not read.
    package func readable(_ image: Image, _ context: RequestContext) -> Image {
        guard !rules.isEmpty else { return image }
        var image = image
        image.properties = image.properties.filter { allows(.read, $0.key, context) }
        return image
    }
}

extension Substring {
    fileprivate func trimming(while isTrimmed: (Character) -> Bool) -> Substring {
        var rest = drop(while: isTrimmed)
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return rest
    }
}
