package import WebAPI

/// Compute's policy rules with OpenStack's names and defaults, so that operators' files carry over.
///
/// Source: Nova's policy reference.
package enum ComputePolicy {
    private static let project: [PolicyScope] = [.project]

    static func admin(_ name: String) -> PolicyRule {
        PolicyRule("os_compute_api:\(name)", default: "rule:context_is_admin", scopes: project)
    }

    static func member(_ name: String) -> PolicyRule {
        PolicyRule("os_compute_api:\(name)", default: "rule:project_member_or_admin", scopes: project)
    }

    static func reader(_ name: String) -> PolicyRule {
        PolicyRule("os_compute_api:\(name)", default: "rule:project_reader_or_admin", scopes: project)
    }

    static func anyone(_ name: String) -> PolicyRule {
        PolicyRule("os_compute_api:\(name)", default: "@", scopes: project)
    }

    static func user(_ name: String) -> PolicyRule {
        PolicyRule(
            "os_compute_api:\(name)", default: "rule:context_is_admin or user_id:%(user_id)s", scopes: project)
    }

    static let isAdmin = PolicyRule("context_is_admin", default: "role:admin")

    private static let base = [
        isAdmin,
        PolicyRule("admin_or_owner", default: "is_admin:True or project_id:%(project_id)s"),
        PolicyRule("admin_api", default: "rule:context_is_admin"),
        PolicyRule("project_manager_api", default: "role:manager and project_id:%(project_id)s"),
        PolicyRule("project_member_api", default: "role:member and project_id:%(project_id)s"),
        PolicyRule("project_reader_api", default: "role:reader and project_id:%(project_id)s"),
        PolicyRule("project_member_or_admin", default: "rule:project_member_api or rule:context_is_admin"),
        PolicyRule("project_reader_or_admin", default: "rule:project_reader_api or rule:context_is_admin"),
        PolicyRule("service_api", default: "role:service"),
    ]

    package static let all: [PolicyRule] = base + servers + serverParts + resources + hosts
}
