package import WebAPI

extension IdentityPolicies {
    package static let ec2GetCredential = PolicyRule(
        "identity:ec2_get_credential",
        default: """
            rule:admin_required or (role:reader and system_scope:all) or \
            user_id:%(target.credential.user_id)s
            """, scopes: .systemAndProject)
    package static let ec2ListCredentials = PolicyRule(
        "identity:ec2_list_credentials",
        default: "rule:admin_required or (role:reader and system_scope:all) or rule:owner", scopes: .systemAndProject)
    package static let ec2CreateCredential = PolicyRule(
        "identity:ec2_create_credential",
        default: """
            rule:admin_required or (role:member and user_id:%(target.credential.user_id)s)
            """, scopes: .systemAndProject)
    package static let ec2DeleteCredential = PolicyRule(
        "identity:ec2_delete_credential",
        default: """
            rule:admin_required or (role:member and user_id:%(target.credential.user_id)s)
            """, scopes: .systemAndProject)

    static let ec2CredentialsRules: [PolicyRule] = [
        ec2GetCredential, ec2ListCredentials, ec2CreateCredential, ec2DeleteCredential,
    ]
}
