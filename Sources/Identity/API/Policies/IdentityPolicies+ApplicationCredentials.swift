package import WebAPI

extension IdentityPolicies {
    package static let getApplicationCredential = PolicyRule(
        "identity:get_application_credential",
        default: "rule:admin_required or (role:reader and system_scope:all) or rule:owner", scopes: .systemAndProject)
    package static let listApplicationCredentials = PolicyRule(
        "identity:list_application_credentials",
        default: "rule:admin_required or (role:reader and system_scope:all) or rule:owner", scopes: .systemAndProject)
    package static let createApplicationCredential = PolicyRule(
        "identity:create_application_credential", default: "user_id:%(user_id)s", scopes: [.project])
    package static let deleteApplicationCredential = PolicyRule(
        "identity:delete_application_credential", default: "rule:admin_or_owner", scopes: .systemAndProject)

    static let applicationCredentialsRules: [PolicyRule] = [
        getApplicationCredential, listApplicationCredentials, createApplicationCredential,
        deleteApplicationCredential,
    ]
}
