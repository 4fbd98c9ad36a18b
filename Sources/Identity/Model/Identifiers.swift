package import Core

package enum GroupKind {}
package enum RoleKind {}
package enum ServiceKind {}
package enum EndpointKind {}
package enum RegionKind {}
package enum CredentialKind {}
package enum PolicyDocumentKind {}
package enum TrustKind {}
package enum ApplicationCredentialKind {}
package enum AccessRuleKind {}
package enum RegisteredLimitKind {}
package enum LimitKind {}
package enum EndpointGroupKind {}
package enum ConsumerKind {}
package enum OAuthRequestTokenKind {}
package enum OAuthAccessTokenKind {}
package enum IdentityProviderKind {}
package enum FederationProtocolKind {}
package enum MappingKind {}
package enum ServiceProviderKind {}

package typealias GroupID = ID<GroupKind>
package typealias RoleID = ID<RoleKind>
package typealias ServiceID = ID<ServiceKind>
package typealias EndpointID = ID<EndpointKind>
package typealias RegionID = ID<RegionKind>
package typealias CredentialID = ID<CredentialKind>
package typealias PolicyDocumentID = ID<PolicyDocumentKind>
package typealias TrustID = ID<TrustKind>
package typealias ApplicationCredentialID = ID<ApplicationCredentialKind>
package typealias AccessRuleID = ID<AccessRuleKind>
package typealias RegisteredLimitID = ID<RegisteredLimitKind>
package typealias LimitID = ID<LimitKind>
package typealias EndpointGroupID = ID<EndpointGroupKind>
package typealias ConsumerID = ID<ConsumerKind>
package typealias OAuthRequestTokenID = ID<OAuthRequestTokenKind>
package typealias OAuthAccessTokenID = ID<OAuthAccessTokenKind>
package typealias IdentityProviderID = ID<IdentityProviderKind>
package typealias FederationProtocolID = ID<FederationProtocolKind>
package typealias MappingID = ID<MappingKind>
package typealias ServiceProviderID = ID<ServiceProviderKind>
