package import Core
import Database

/// `OS-ENDPOINT-POLICY`: which of the policy documents kept here an endpoint goes by.
package struct PolicyAssociationService: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    /// - Throws: 404 for a policy or a target that does not exist.
    private static func check(_ policy: PolicyDocumentID, _ target: PolicyTarget, _ tx: Transaction) throws {
        guard try PolicyDocumentStore.find(policy, tx) != nil else { throw NotFound.policy(policy) }
        switch target {
        case .endpoint(let id):
            guard try CatalogStore.endpoint(id, tx) != nil else { throw NotFound.endpoint(id) }
        case .service(let id):
            guard try CatalogStore.service(id, tx) != nil else { throw NotFound.service(id) }
        case .serviceInRegion(let id, let region):
            guard try CatalogStore.service(id, tx) != nil else { throw NotFound.service(id) }
            guard try CatalogStore.region(region, tx) != nil else { throw NotFound.region(region) }
        }
    }

    package func associate(_ policy: PolicyDocumentID, with target: PolicyTarget, _ context: RequestContext)
        async throws
    {
        try await env.change("associate policy", context) { tx, record in
            try Self.check(policy, target, tx)
            try PolicyAssociationStore.set(policy, for: target, tx)
            record.created(.policyAssociation, policy, about: target.id)
        }
    }

    /// - Throws: 404 when it is not associated.
    package func check(_ policy: PolicyDocumentID, for target: PolicyTarget) async throws {
        try await env.database.read("check policy association") { tx in
            try Self.check(policy, target, tx)
            guard try PolicyAssociationStore.exists(policy, for: target, tx) else { throw Self.missing }
        }
    }

    package func dissociate(_ policy: PolicyDocumentID, from target: PolicyTarget, _ context: RequestContext)
        async throws
    {
        try await env.change("dissociate policy", context) { tx, record in
            try Self.check(policy, target, tx)
            guard try PolicyAssociationStore.remove(policy, for: target, tx) else { throw Self.missing }
            record.deleted(.policyAssociation, policy, about: target.id)
        }
    }

    private static var missing: ServiceError { ServiceError(.notFound, "Could not find policy association.") }

    // MARK: Endpoints

    /// The policy of an endpoint: its own, or that of its service in the region or the regions above it, or that of
    /// its service anywhere.
    package func policy(of id: EndpointID) async throws -> PolicyDocument {
        try await env.database.read("find endpoint's policy") { tx in
            guard let endpoint = try CatalogStore.endpoint(id, tx) else { throw NotFound.endpoint(id) }
            let all = try PolicyAssociationStore.all(for: id, of: endpoint.serviceID, tx)
            let parents = Self.parents(try CatalogStore.regions(parent: nil, tx))
            guard let found = Self.policy(of: endpoint, all, parents),
                let document = try PolicyDocumentStore.find(found, tx)
            else { throw ServiceError(.notFound, "No policy is associated with endpoint \(id).") }
            return document
        }
    }

    /// The endpoints that go by a policy.
    package func endpoints(of policy: PolicyDocumentID) async throws -> [Endpoint] {
        try await env.database.read("list policy's endpoints") { tx in
            guard try PolicyDocumentStore.find(policy, tx) != nil else { throw NotFound.policy(policy) }
            let all = try PolicyAssociationStore.all(tx)
            let parents = Self.parents(try CatalogStore.regions(parent: nil, tx))
            return try CatalogStore.endpoints(EndpointFilter(), tx).filter {
                Self.policy(of: $0, all, parents) == policy
            }
        }
    }

    private static func parents(_ regions: [Region]) -> [RegionID: RegionID] {
        Dictionary(regions.compactMap { region in region.parentID.map { (region.id, $0) } }) { first, _ in first }
    }

    static func policy(
        of endpoint: Endpoint, _ all: [PolicyTarget: PolicyDocumentID], _ parents: [RegionID: RegionID]
    ) -> PolicyDocumentID? {
        if let own = all[.endpoint(endpoint.id)] { return own }
        var seen: Set<RegionID> = []
        var region = endpoint.regionID
        while let id = region, seen.insert(id).inserted {
            if let found = all[.serviceInRegion(endpoint.serviceID, id)] { return found }
            region = parents[id]
        }
        return all[.service(endpoint.serviceID)]
    }
}
