public import Core

/// What policy checks may ask of the caller, under oslo.policy's names.
///
/// Made from a `RequestContext`, which only a validated token fills: headers never reach it.
public struct PolicyCredentials: Sendable {
    private let values: [String: [String]]
    let roles: Set<String>
    let scope: PolicyScope?

    /// - Parameter extra: more names, as identity's rules need (`trust_id`).
    public init(_ context: RequestContext, extra: [String: [String]] = [:]) {
        roles = Set(context.roles.map { $0.lowercased() })
        var values: [String: [String]] = extra
        func set(_ names: String..., to value: String?) {
            for name in names { values[name] = [value ?? "None"] }
        }
        set("user_id", "token.user.id", to: context.userID?.rawValue)
        set("user_name", to: context.userName)
        set("project_id", "tenant_id", "tenant", "token.project.id", to: context.projectID?.rawValue)
        set("project_name", "tenant_name", to: context.projectName)
        set("domain_id", "token.domain.id", to: context.domainID?.rawValue)
        set("domain_name", to: context.domainName)
        set("user_domain_id", "token.user.domain.id", to: context.userDomainID?.rawValue)
        set("project_domain_id", "token.project.domain.id", to: context.projectDomainID?.rawValue)
        if let system = context.systemScope { set("system_scope", "system", to: system) }
        set("is_admin", to: roles.contains("admin") ? "True" : "False")
        set("is_admin_project", "token.is_admin_project", to: "True")
        values["roles"] = context.roles
        values["service_roles"] = context.serviceRoles
        self.values = values
        scope =
            if context.systemScope != nil { .system } else if context.domainID != nil {
                .domain
            } else if context.projectID != nil { .project } else { nil }
    }

    /// The values under a name: one, or several for a list; none when there is no such credential.
    func values(_ name: String) -> [String] { values[name] ?? [] }
}
