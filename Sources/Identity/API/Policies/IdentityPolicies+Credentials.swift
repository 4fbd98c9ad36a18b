package import WebAPI

extension IdentityPolicies {
    package static let getCredential = PolicyRule(
        "identity:get_credential",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or \
            user_id:%(target.credential.user_id)s
            """, scopes: .all)
    package static let listCredentials = PolicyRule(
        "identity:list_credentials",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or \
            user_id:%(target.credential.user_id)s
            """, scopes: .all)
    package static let createCredential = PolicyRule(
        "identity:create_credential",
        default: "rule:admin_required or user_id:%(target.credential.user_id)s", scopes: .all)
    package static let updateCredential = PolicyRule(
        "identity:update_credential",
        default: "rule:admin_required or user_id:%(target.credential.user_id)s", scopes: .all)
    package static let deleteCredential = PolicyRule(
        "identity:delete_credential",
        default: "rule:admin_required or user_id:%(target.credential.user_id)s", scopes: .all)

    static let credentialsRules: [PolicyRule] = [
        getCredential, listCredentials, createCredential, updateCredential, deleteCredential,
    ]
}
