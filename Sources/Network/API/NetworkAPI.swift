package import OVSDB
package import WebAPI

/// The whole Networking API v2.0.
package struct NetworkAPI {
    package let description: APIDescription
    /// Every rule that a policy file may replace.
    package let policies: [PolicyRule]

    package init(_ service: NetworkBackend, southbound: OVSDBClient?, identityURL: String) {
        let behaviours: [any ResourceBehaviour] = [
            Networks(options: service.options), Subnets(), Ports(options: service.options),
            Routers(options: service.options), FloatingIPs(), SecurityGroups(), SecurityGroupRules(), SubnetPools(),
            AddressScopes(), RBACPolicies(),
        ]
        let routers = RouterActions(service: service)
        let quotas = QuotasController(service: service)
        let infrastructure = InfrastructureController(service: service, southbound: southbound)
        var operations = [VersionDocuments.resources(behaviours.map(\.type))]
        for behaviour in behaviours {
            operations += ResourceController(behaviour: behaviour, service: service).operations
            if behaviour.type.acceptsTags {
                operations += TagsController(behaviour: behaviour, service: service).operations
            }
        }
        operations += routers.operations + quotas.operations + infrastructure.operations + Extensions.operations
        description = APIDescription(
            serviceType: "network",
            mounts: [
                Mount("", VersionDocuments.root, faults: .neutron), Mount("/v2.0", operations, faults: .neutron),
            ], faults: .neutron, identityURL: identityURL)
        let declared =
            operations.compactMap(\.policy) + behaviours.flatMap { $0.type.policies.all }
            + routers.policies + quotas.policies + infrastructure.policies + [NetworkBackend.isAdmin]
        var seen: Set<String> = []
        policies = declared.filter { seen.insert($0.name).inserted }
    }
}
