public import Core

/// Decides whether a caller may do something: the services' default rules, overridden by the
/// operator's file. A rule that nobody defined is refused.
public struct PolicyEngine: Sendable {
    private let checks: [String: PolicyCheck]
    private let scopes: [String: [PolicyScope]]
    private let patterns: [String: SchemaPattern]

    /// - Parameter file: path of a YAML or JSON file of `"rule": "check"`; it may add rules of its own.
    /// - Throws: `ServiceError` that names the rule that cannot be read, or one that leads back to itself.
    public init(rules: [PolicyRule], file: String? = nil) throws(ServiceError) {
        try self.init(
            rules: rules, overrides: file.map { path throws(ServiceError) in try PolicyFile.read(path) } ?? [:])
    }

    public init(rules: [PolicyRule], overrides: [String: String]) throws(ServiceError) {
        var checks: [String: PolicyCheck] = [:]
        for rule in rules { checks[rule.name] = try PolicyParser.parse(rule.check) }
        for (name, check) in overrides {
            do throws(ServiceError) {
                checks[name] = try PolicyParser.parse(check)
            } catch {
                throw ServiceError(.badRequest, "Policy rule \(name): \(error.message)")
            }
        }
        self.checks = checks
        scopes = Dictionary(rules.map { ($0.name, $0.scopes) }, uniquingKeysWith: { _, last in last })
        var mistakes: [String] = []
        var patterns: [String: SchemaPattern] = [:]
        for check in checks.values { Self.collectPatterns(check, &patterns, &mistakes) }
        if let mistake = mistakes.first { throw ServiceError(.badRequest, "Policy: \(mistake)") }
        self.patterns = patterns
        for name in checks.keys.sorted() { try refuseCycle(name, through: []) }
    }

    public func isAllowed(
        _ rule: PolicyRule, credentials: PolicyCredentials, target: PolicyTarget
    ) -> Bool {
        isAllowed(named: rule.name, credentials: credentials, target: target)
    }

    /// Checks by name, scope included.
    public func isAllowed(
        named name: String, credentials: PolicyCredentials, target: PolicyTarget
    ) -> Bool {
        if let allowed = scopes[name], !allowed.isEmpty, let scope = credentials.scope, !allowed.contains(scope) {
            return false
        }
        guard let check = checks[name] ?? checks["default"] else { return false }
        return evaluate(check, credentials, target)
    }

    /// Rules and their checks in force, for listing.
    public var names: [String] { checks.keys.sorted() }

    private func evaluate(
        _ check: PolicyCheck, _ credentials: PolicyCredentials, _ target: PolicyTarget
    ) -> Bool {
        switch check {
        case .always: return true
        case .never: return false
        case .not(let inner): return !evaluate(inner, credentials, target)
        case .and(let all): return all.allSatisfy { evaluate($0, credentials, target) }
        case .or(let any): return any.contains { evaluate($0, credentials, target) }
        case .role(let text):
            guard let role = text.filled(from: target) else { return false }
            return credentials.roles.contains(role.lowercased())
        case .rule(let name):
            guard let check = checks[name] ?? checks["default"] else { return false }
            return evaluate(check, credentials, target)
        case .field(let name, let value):
            guard let actual = target.value(name) ?? nil else { return value == "None" }
            if value.hasPrefix("~") { return patterns[value]?.matches(actual) ?? false }
            return actual == value || actual.lowercased() == value.lowercased()
        case .match(let left, let right):
            guard let wanted = right.filled(from: target) else { return false }
            switch left {
            case .literal(let text): return text == wanted
            case .credential(let name): return credentials.values(name).contains(wanted)
            }
        }
    }

    private func refuseCycle(_ name: String, through seen: [String]) throws(ServiceError) {
        if seen.contains(name) {
            throw ServiceError(
                .badRequest, "Policy rule \(name) refers to itself: \((seen + [name]).joined(separator: " → ")).")
        }
        guard let check = checks[name] else { return }
        for next in Self.references(check) { try refuseCycle(next, through: seen + [name]) }
    }

    private static func references(_ check: PolicyCheck) -> [String] {
        switch check {
        case .rule(let name): [name]
        case .not(let inner): references(inner)
        case .and(let inner), .or(let inner): inner.flatMap(references)
        default: []
        }
    }

    private static func collectPatterns(
        _ check: PolicyCheck, _ patterns: inout [String: SchemaPattern], _ mistakes: inout [String]
    ) {
        switch check {
        case .field(_, let value) where value.hasPrefix("~"):
            patterns[value] = SchemaPattern(String(value.dropFirst()), &mistakes)
        case .not(let inner): collectPatterns(inner, &patterns, &mistakes)
        case .and(let inner), .or(let inner): for check in inner { collectPatterns(check, &patterns, &mistakes) }
        default: break
        }
    }
}
