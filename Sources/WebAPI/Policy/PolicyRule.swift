/// The kind of scope a token has.
public enum PolicyScope: String, Sendable, Hashable {
    case system, domain, project
}

/// A policy rule as a service declares it: OpenStack's own name and default check string, so that
/// operators' policy files carry over.
public struct PolicyRule: Sendable, Hashable {
    public let name: String
    public let check: String
    /// The scopes for which the rule means something; a token of another scope is refused. Empty: any.
    public let scopes: [PolicyScope]
    public let description: String

    public init(_ name: String, default check: String, scopes: [PolicyScope] = [], description: String = "") {
        self.name = name
        self.check = check
        self.scopes = scopes
        self.description = description
    }
}
