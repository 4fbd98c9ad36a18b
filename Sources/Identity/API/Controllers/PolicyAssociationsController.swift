import Core
import HTTPTypes
import WebAPI

/// `OS-ENDPOINT-POLICY`: which policy documents endpoints go by.
struct PolicyAssociationsController {
    let associations: PolicyAssociationService

    var operations: [Operation] {
        typealias Rules = IdentityPolicies
        let path = "/policies/{policy_id}/OS-ENDPOINT-POLICY"
        return [
            Operation(.get, path + "/endpoints", policy: Rules.listEndpointsForPolicy) { request in
                let view = View(request)
                let found = try await associations.endpoints(of: try request.id("policy_id"))
                return view.collection("endpoints", found) { view.write($1, &$0) }
            },
            Operation(
                .get, "/endpoints/{endpoint_id}/OS-ENDPOINT-POLICY/policy", policy: Rules.getPolicyForEndpoint
            ) { request in
                let document = try await associations.policy(of: try request.id("endpoint_id"))
                let view = View(request)
                return view.member("policy") { view.write(document, &$0) }
            },
        ]
            + three(
                path + "/endpoints/{endpoint_id}", Rules.createPolicyAssociationForEndpoint,
                Rules.checkPolicyAssociationForEndpoint, Rules.deletePolicyAssociationForEndpoint)
            + three(
                path + "/services/{service_id}", Rules.createPolicyAssociationForService,
                Rules.checkPolicyAssociationForService, Rules.deletePolicyAssociationForService)
            + three(
                path + "/services/{service_id}/regions/{region_id}",
                Rules.createPolicyAssociationForRegionAndService, Rules.checkPolicyAssociationForRegionAndService,
                Rules.deletePolicyAssociationForRegionAndService)
    }

    private func three(
        _ path: String, _ create: PolicyRule, _ check: PolicyRule, _ delete: PolicyRule
    ) -> [Operation] {
        [
            Operation(.put, path, policy: create, success: .noContent) { request in
                try await associations.associate(
                    try request.id("policy_id"), with: try Self.target(request), request.context)
                return .empty()
            },
            Operation(.get, path, policy: check, success: .noContent) { request in
                try await associations.check(try request.id("policy_id"), for: try Self.target(request))
                return .empty()
            },
            Operation(.delete, path, policy: delete, success: .noContent) { request in
                try await associations.dissociate(
                    try request.id("policy_id"), from: try Self.target(request), request.context)
                return .empty()
            },
        ]
    }

    private static func target(_ request: APIRequest) throws -> PolicyTarget {
        if request.parameters["endpoint_id"] != nil { return .endpoint(try request.id("endpoint_id")) }
        guard request.parameters["region_id"] != nil else { return .service(try request.id("service_id")) }
        return .serviceInRegion(try request.id("service_id"), try request.id("region_id"))
    }
}
