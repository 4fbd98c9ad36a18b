package import Core
package import FoundationEssentials

/// What was done to one object: a row of the audit, and what a notification tells.
package struct Change: Sendable {
    package enum Operation: String, Sendable, CaseIterable { case created, updated, deleted }

    /// Kinds of objects, by the names that Keystone's notifications have for them.
    package enum Resource: String, Sendable, CaseIterable {
        case user, group, project, domain, role, region, service, endpoint, policy, credential
        case assignment = "role_assignment"
        case trust = "OS-TRUST:trust"
        case applicationCredential = "application_credential"
        case accessRule = "access_rule"
        case consumer = "OS-OAUTH1:consumer"
        case requestToken = "OS-OAUTH1:request_token"
        case accessToken = "OS-OAUTH1:access_token"
        // Of these Keystone tells nothing; the audit has them.
        case token, limit, mapping
        case registeredLimit = "registered_limit"
        case endpointGroup = "endpoint_group"
        case endpointFilter = "endpoint_filter"
        case policyAssociation = "policy_association"
        case impliedRole = "implied_role"
        case domainConfiguration = "domain_config"
        case identityProvider = "identity_provider"
        case federationProtocol = "federation_protocol"
        case serviceProvider = "service_provider"

        /// Whether Keystone sends notifications of such objects.
        package var isTold: Bool {
            switch self {
            case .token, .limit, .mapping, .registeredLimit, .endpointGroup, .endpointFilter, .policyAssociation,
                .impliedRole, .domainConfiguration, .identityProvider, .federationProtocol, .serviceProvider:
                false
            default: true
            }
        }
    }

    package var operation: Operation
    package var resource: Resource
    package var id: String
    /// The other object that it is about: a group's member, an assignment's project, a trust's trustee.
    package var related: String?
    package var details: JSONObject = [:]
}

/// What a transaction has done, in its order.
package struct ChangeRecord: Sendable {
    package private(set) var changes: [Change] = []

    package init() {}

    package mutating func created<Kind>(
        _ resource: Change.Resource, _ id: ID<Kind>, about related: String? = nil, _ details: JSONObject = [:]
    ) {
        add(.created, resource, id.rawValue, related, details)
    }

    package mutating func updated<Kind>(
        _ resource: Change.Resource, _ id: ID<Kind>, about related: String? = nil, _ details: JSONObject = [:]
    ) {
        add(.updated, resource, id.rawValue, related, details)
    }

    package mutating func deleted<Kind>(
        _ resource: Change.Resource, _ id: ID<Kind>, about related: String? = nil, _ details: JSONObject = [:]
    ) {
        add(.deleted, resource, id.rawValue, related, details)
    }

    package mutating func add(
        _ operation: Change.Operation, _ resource: Change.Resource, _ id: String, _ related: String?,
        _ details: JSONObject
    ) {
        changes.append(
            Change(operation: operation, resource: resource, id: id, related: related, details: details))
    }
}

/// A change as the audit keeps it: with who made it, when and from where.
package struct AuditEntry: Sendable {
    package var number: Int64
    package var at: Date
    package var operation: String
    package var resource: String
    package var objectID: String
    package var relatedID: String?
    package var userID: UserID?
    package var userName: String?
    package var projectID: ProjectID?
    package var domainID: DomainID?
    package var requestID: String
    package var globalRequestID: String?
    package var address: String?
    package var details: JSONObject
}
