package import WebAPI

extension IdentityPolicies {
    package static let listRevokeEvents = PolicyRule(
        "identity:list_revoke_events", default: "rule:service_or_admin", scopes: .systemAndProject)

    static let revocationEventsRules: [PolicyRule] = [
        listRevokeEvents
    ]
}
