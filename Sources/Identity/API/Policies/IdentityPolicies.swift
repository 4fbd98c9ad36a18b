package import WebAPI

/// The identity service's policy rules, with Keystone's names, checks and scopes, so that an operator's
/// policy file for Keystone works here unchanged. Each resource has its own file.
package enum IdentityPolicies {
    static let admin = "rule:admin_required"
    static let adminOrSystemReader = "rule:admin_required or (role:reader and system_scope:all)"

    /// Every rule, for the policy engine.
    package static let all: [PolicyRule] = [
        accessRulesRules,
        applicationCredentialsRules,
        authRules,
        baseRules,
        consumersRules,
        credentialsRules,
        domainsRules,
        domainConfigurationRules,
        ec2CredentialsRules,
        ec2TokensRules,
        endpointsRules,
        endpointGroupsRules,
        grantsRules,
        groupsRules,
        impliedRolesRules,
        limitsRules,
        policiesRules,
        projectsRules,
        projectEndpointsRules,
        regionsRules,
        registeredLimitsRules,
        revocationEventsRules,
        rolesRules,
        roleAssignmentsRules,
        s3TokensRules,
        servicesRules,
        tokensRules,
        trustsRules,
        usersRules,
        federationRules,
        accessTokensRules,
        policyAssociationsRules,
    ].flatMap(\.self)
}

extension [PolicyScope] {
    static var systemAndProject: [PolicyScope] { [.system, .project] }
    static var all: [PolicyScope] { [.system, .domain, .project] }
}
