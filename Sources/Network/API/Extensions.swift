import Core
import HTTPTypes
import WebAPI

/// The extensions that the service has, under Neutron's aliases. Clients decide by this list what they may ask for.
enum Extensions {
    static let list: [(alias: String, name: String)] = [
        ("address-scope", "Address scope"),
        ("agent", "agent"),
        ("allowed-address-pairs", "Allowed Address Pairs"),
        ("availability_zone", "Availability Zone"),
        ("binding", "Port Binding"),
        ("default-subnetpools", "Default Subnetpools"),
        ("dns-integration", "DNS Integration"),
        ("empty-string-filtering", "Empty String Filtering Extension"),
        ("ext-gw-mode", "Neutron L3 Configurable external gateway mode"),
        ("external-net", "Neutron external network"),
        ("extra_dhcp_opt", "Neutron Extra DHCP options"),
        ("extraroute", "Neutron Extra Route"),
        ("extraroute-atomic", "Atomically add/remove extra routes"),
        ("filter-validation", "Filter parameters validation"),
        ("fip-port-details", "Floating IP Port Details Extension"),
        ("ip-substring-filtering", "IP address substring filtering"),
        ("net-mtu", "Network MTU"),
        ("net-mtu-writable", "Network MTU (writable)"),
        ("network-ip-availability", "Network IP Availability"),
        ("network_availability_zone", "Network Availability Zone"),
        ("pagination", "Pagination support"),
        ("port-security", "Port Security"),
        ("port-security-groups-filtering", "Port filtering on security groups"),
        ("project-id", "project_id field enabled"),
        ("provider", "Provider Network"),
        ("quota-check-limit", "Quota engine limit check"),
        ("quota_details", "Quota details management support"),
        ("quotas", "Quota management support"),
        ("rbac-policies", "RBAC Policies"),
        ("rbac-security-groups", "Add security_group type to network RBAC"),
        ("revision-if-match", "If-Match constraints based on revision_number"),
        ("router", "Neutron L3 Router"),
        ("router_availability_zone", "Router Availability Zone"),
        ("security-group", "security-group"),
        ("security-groups-normalized-cidr", "Normalized CIDR field for security group rules"),
        ("security-groups-shared-filtering", "Security group filtering on the shared field"),
        ("service-type", "Neutron Service Type Management"),
        ("sorting", "Sorting support"),
        ("standard-attr-description", "standard-attr-description"),
        ("standard-attr-revisions", "Resource revision numbers"),
        ("standard-attr-tag", "Tag support for resources with standard attribute"),
        ("standard-attr-timestamp", "Resource timestamps"),
        ("stateful-security-group", "Stateful security group"),
        ("subnet-external-network", "Subnet belongs to an external network"),
        ("subnet-service-types", "Subnet service types"),
        ("subnet_allocation", "Subnet Allocation"),
    ]

    static var operations: [Operation] {
        let rule = PolicyRule("get_extension", default: "@")
        return [
            Operation(.get, "/extensions", name: "list extensions", policy: rule) { _ in
                .json(["extensions": .array(list.map(view))])
            },
            Operation(.get, "/extensions/{alias}", name: "show extension", policy: rule) { request in
                let alias = try request.parameter("alias")
                guard let found = list.first(where: { $0.alias == alias }) else {
                    throw ServiceError.network(
                        .notFound, "HTTPNotFound", "Extension with alias \(alias) does not exist")
                }
                return .json(["extension": view(found)])
            },
        ]
    }

    private static func view(_ item: (alias: String, name: String)) -> JSONValue {
        [
            "alias": .string(item.alias), "name": .string(item.name), "description": .string(item.name),
            "updated": "2012-01-01T10:00:00-00:00", "links": [],
        ]
    }
}
