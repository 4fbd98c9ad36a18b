package import Core

/// The options that the service's rules go by, read once.
package struct IdentitySettings: Sendable {
    package let auth: AuthMethodOptions
    package let tokens: TokenOptions
    package let compliance: SecurityComplianceOptions
    package let credentials: CredentialOptions
    package let multiFactor: MultiFactorOptions
    package let oauth: OAuthOptions
    package let federation: FederationOptions
    package let limits: UnifiedLimitOptions
    package let assignment: AssignmentOptions
    package let audit: AuditOptions
    package let directories: DirectoryOptions

    package init(_ configuration: Configuration) throws {
        auth = try configuration.read(AuthMethodOptions.self)
        tokens = try configuration.read(TokenOptions.self)
        compliance = try configuration.read(SecurityComplianceOptions.self)
        credentials = try configuration.read(CredentialOptions.self)
        multiFactor = MultiFactorOptions(
            totp: try configuration.read(TOTPOptions.self), receipt: try configuration.read(ReceiptOptions.self))
        oauth = try configuration.read(OAuthOptions.self)
        federation = try configuration.read(FederationOptions.self)
        limits = try configuration.read(UnifiedLimitOptions.self)
        assignment = try configuration.read(AssignmentOptions.self)
        audit = try configuration.read(AuditOptions.self)
        directories = try configuration.read(DirectoryOptions.self)
    }
}

/// `[unified_limit]`: how limits of projects relate to those above them.
package struct UnifiedLimitOptions: OptionGroup {
    package static let group = "unified_limit"

    package enum Model: String, CaseIterable, OptionValue {
        case flat
        case strictTwoLevel = "strict_two_level"
    }

    package let model: Model

    package init(_ options: inout OptionReader) throws {
        model = try options.value(
            "enforcement_model", default: Model.flat,
            help: "flat: each project by itself; strict_two_level: a project's limits bound those of its children, and "
                + "there are no grandchildren.")
    }
}

/// `[assignment]`: rules for roles.
package struct AssignmentOptions: OptionGroup {
    package static let group = "assignment"
    package let prohibitedImpliedRoles: [String]

    package init(_ options: inout OptionReader) throws {
        prohibitedImpliedRoles = try options.list(
            "prohibited_implied_role", default: ["admin"], help: "Names of roles that no other may imply.")
    }
}
