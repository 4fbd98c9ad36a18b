public import Core

/// What policy checks may ask of the caller, under oslo.policy's names.
///
/// Made from a `RequestContext`, which only a validated token fills: headers never reach it.
public struct PolicyCredentials: Sendable {
    private let context: RequestContext
    private let extra: [String: [String]]
    /// In lower case. A handful, which a set would be slower for.
    let roles: [String]
    let scope: PolicyScope?

    /// - Parameter extra: more names, as identity's rules need (`trust_id`).
    public init(_ context: RequestContext, extra: [String: [String]] = [:]) {
        self.context = context
        self.extra = extra
        roles = context.roles.map { $0.lowercased() }
        scope =
            if context.systemScope != nil { .system } else if context.domainID != nil {
                .domain
            } else if context.projectID != nil { .project } else { nil }
    }

    /// The values under a name: one, or several for a list; none when there is no such credential.
    ///
    /// Looked up when a check asks, since most requests ask for one or two of them.
    func values(_ name: String) -> [String] {
        switch name {
        case "user_id", "token.user.id": [context.userID?.rawValue ?? "None"]
        case "user_name": [context.userName ?? "None"]
        case "project_id", "tenant_id", "tenant", "token.project.id": [context.projectID?.rawValue ?? "None"]
        case "project_name", "tenant_name": [context.projectName ?? "None"]
        case "domain_id", "token.domain.id": [context.domainID?.rawValue ?? "None"]
        case "domain_name": [context.domainName ?? "None"]
        case "user_domain_id", "token.user.domain.id": [context.userDomainID?.rawValue ?? "None"]
        case "project_domain_id", "token.project.domain.id": [context.projectDomainID?.rawValue ?? "None"]
        case "system_scope", "system": context.systemScope.map { [$0] } ?? extra[name] ?? []
        case "is_admin": [roles.contains("admin") ? "True" : "False"]
        case "is_admin_project", "token.is_admin_project": ["True"]
        case "roles": context.roles
        case "service_roles": context.serviceRoles
        default: extra[name] ?? []
        }
    }
}
