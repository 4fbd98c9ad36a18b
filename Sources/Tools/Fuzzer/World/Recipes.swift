import Core

/// How one object is made: `@name` and `@kind` in the body stand for a fresh name and an object's id.
struct Recipe: Sendable {
    enum Owner: Sendable { case projects, administrator }

    let kind: String
    let service: ServiceName
    let owner: Owner
    let path: String
    let body: JSONValue
    /// Where the answer has the id.
    let id: [String]
    var method = "POST"
    var version: String?
    /// The status to be waited for at `[member].status`, if creation goes on after the answer.
    var until: (member: String, status: String)?

    init(
        _ kind: String, _ service: ServiceName, _ owner: Owner, _ path: String, _ body: String, id: [String],
        method: String = "POST", version: String? = nil,
        until: (member: String, status: String)? = nil
    ) {
        self.kind = kind
        self.service = service
        self.owner = owner
        self.path = path
        do {
            self.body = try JSONValue(parsing: body)
        } catch {
            self.body = .null
            print("note: the recipe of \(kind): \(error)")
        }
        self.id = id
        self.method = method
        self.version = version
        self.until = until
    }
}

extension Recipe {
    static let all: [Recipe] = identity + network + image + blockStorage + compute + placement

    private static let identity: [Recipe] = [
        Recipe(
            "domain", .identity, .administrator, "/v3/domains",
            #"{"domain": {"name": "@name", "enabled": true}}"#,
            id: ["domain", "id"]),
        Recipe(
            "project", .identity, .administrator, "/v3/projects",
            #"{"project": {"name": "@name"}}"#,
            id: ["project", "id"]),
        Recipe(
            "user", .identity, .administrator, "/v3/users",
            #"{"user": {"name": "@name", "password": "@secret"}}"#,
            id: ["user", "id"]),
        Recipe(
            "group", .identity, .administrator, "/v3/groups",
            #"{"group": {"name": "@name"}}"#, id: ["group", "id"]),
        Recipe(
            "role", .identity, .administrator, "/v3/roles",
            #"{"role": {"name": "@name"}}"#, id: ["role", "id"]),
        Recipe(
            "implied_role", .identity, .administrator, "/v3/roles",
            #"{"role": {"name": "@name"}}"#, id: ["role", "id"]),
        Recipe(
            "region", .identity, .administrator, "/v3/regions",
            #"{"region": {"description": "@name"}}"#,
            id: ["region", "id"]),
        Recipe(
            "service", .identity, .administrator, "/v3/services",
            #"{"service": {"type": "@name", "name": "@name"}}"#, id: ["service", "id"]),
        Recipe(
            "endpoint", .identity, .administrator, "/v3/endpoints",
            #"{"endpoint": {"service_id": "@service", "interface": "internal", "url": "http://192.0.2.1/", "region_id": "@region"}}"#,
            id: ["endpoint", "id"]),
        Recipe(
            "endpoint_group", .identity, .administrator, "/v3/OS-EP-FILTER/endpoint_groups",
            #"{"endpoint_group": {"name": "@name", "filters": {"interface": "internal"}}}"#,
            id: ["endpoint_group", "id"]),
        Recipe(
            "policy", .identity, .administrator, "/v3/policies",
            #"{"policy": {"type": "application/json", "blob": "{}"}}"#, id: ["policy", "id"]),
        Recipe(
            "consumer", .identity, .administrator, "/v3/OS-OAUTH1/consumers",
            #"{"consumer": {"description": "@name"}}"#, id: ["consumer", "id"]),
        Recipe(
            "registered_limit", .identity, .administrator, "/v3/registered_limits",
            #"{"registered_limits": [{"service_id": "@service", "resource_name": "@name", "default_limit": 10}]}"#,
            id: ["registered_limits", "0", "id"]),
        Recipe(
            "application_credential", .identity, .projects, "/v3/users/@user/application_credentials",
            #"{"application_credential": {"name": "@name", "description": "@name"}}"#,
            id: ["application_credential", "id"]),
        Recipe(
            "credential", .identity, .projects, "/v3/credentials",
            #"{"credential": {"type": "ec2", "user_id": "@user", "project_id": "@project", "blob": "{\"access\":\"@name\",\"secret\":\"@name\"}"}}"#,
            id: ["credential", "id"]),
        Recipe(
            "trust", .identity, .projects, "/v3/OS-TRUST/trusts",
            #"{"trust": {"trustor_user_id": "@user", "trustee_user_id": "@user", "impersonation": false, "project_id": "@project", "roles": [{"name": "member"}]}}"#,
            id: ["trust", "id"]),
    ]

    private static let network: [Recipe] = [
        Recipe(
            "network", .network, .projects, "/v2.0/networks",
            #"{"network": {"name": "@name", "description": "@name"}}"#,
            id: ["network", "id"]),
        Recipe(
            "subnet", .network, .projects, "/v2.0/subnets",
            #"{"subnet": {"network_id": "@network", "ip_version": 4, "cidr": "@cidr", "name": "@name"}}"#,
            id: ["subnet", "id"]),
        Recipe(
            "security_group", .network, .projects, "/v2.0/security-groups",
            #"{"security_group": {"name": "@name", "description": "@name"}}"#, id: ["security_group", "id"]),
        Recipe(
            "security_group_rule", .network, .projects, "/v2.0/security-group-rules",
            #"{"security_group_rule": {"security_group_id": "@security_group", "direction": "ingress", "protocol": "tcp", "port_range_min": 22, "port_range_max": 22, "remote_ip_prefix": "@cidr"}}"#,
            id: ["security_group_rule", "id"]),
        Recipe(
            "port", .network, .projects, "/v2.0/ports",
            #"{"port": {"network_id": "@network", "name": "@name", "security_groups": ["@security_group"]}}"#,
            id: ["port", "id"]),
        Recipe(
            "router", .network, .projects, "/v2.0/routers",
            #"{"router": {"name": "@name", "external_gateway_info": {"network_id": "@public_network"}}}"#,
            id: ["router", "id"]),
        Recipe(
            "router_interface", .network, .projects, "/v2.0/routers/@router/add_router_interface",
            #"{"subnet_id": "@subnet"}"#, id: ["port_id"], method: "PUT"),
        Recipe(
            "floatingip", .network, .projects, "/v2.0/floatingips",
            #"{"floatingip": {"floating_network_id": "@public_network", "description": "@name"}}"#,
            id: ["floatingip", "id"]),
        Recipe(
            "subnetpool", .network, .projects, "/v2.0/subnetpools",
            #"{"subnetpool": {"name": "@name", "prefixes": ["@cidr"], "min_prefixlen": 26}}"#, id: ["subnetpool", "id"]),
        Recipe(
            "address_scope", .network, .projects, "/v2.0/address-scopes",
            #"{"address_scope": {"name": "@name", "ip_version": 4}}"#, id: ["address_scope", "id"]),
        Recipe(
            "rbac_policy", .network, .projects, "/v2.0/rbac-policies",
            #"{"rbac_policy": {"object_type": "network", "object_id": "@network", "action": "access_as_shared", "target_tenant": "@project"}}"#,
            id: ["rbac_policy", "id"]),
    ]

    private static let image: [Recipe] = [
        Recipe(
            "image", .image, .projects, "/v2/images",
            #"{"name": "@name", "container_format": "bare", "disk_format": "raw", "visibility": "shared"}"#, id: ["id"]),
        Recipe(
            "namespace", .image, .administrator, "/v2/metadefs/namespaces",
            #"{"namespace": "@name", "description": "@name"}"#, id: ["namespace"]),
    ]

    private static let blockStorage: [Recipe] = [
        Recipe(
            "volume_type", .blockStorage, .administrator, "/v3/types",
            #"{"volume_type": {"name": "@name"}}"#,
            id: ["volume_type", "id"]),
        Recipe(
            "volume", .blockStorage, .projects, "/v3/volumes",
            #"{"volume": {"size": 1, "name": "@name", "description": "@name", "metadata": {"fuzz": "@name"}}}"#,
            id: ["volume", "id"], until: ("volume", "available")),
        Recipe(
            "snapshot", .blockStorage, .projects, "/v3/snapshots",
            #"{"snapshot": {"volume_id": "@volume", "name": "@name", "description": "@name"}}"#,
            id: ["snapshot", "id"], until: ("snapshot", "available")),
        Recipe(
            "transferred_volume", .blockStorage, .projects, "/v3/volumes",
            #"{"volume": {"size": 1, "name": "@name"}}"#,
            id: ["volume", "id"], until: ("volume", "available")),
        Recipe(
            "transfer", .blockStorage, .projects, "/v3/os-volume-transfer",
            #"{"transfer": {"volume_id": "@transferred_volume", "name": "@name"}}"#, id: ["transfer", "id"]),
    ]

    private static let compute: [Recipe] = [
        Recipe(
            "flavor", .compute, .administrator, "/v2.1/flavors",
            #"{"flavor": {"name": "@name", "ram": 512, "vcpus": 1, "disk": 1000000}}"#, id: ["flavor", "id"]),
        Recipe(
            "aggregate", .compute, .administrator, "/v2.1/os-aggregates",
            #"{"aggregate": {"name": "@name"}}"#,
            id: ["aggregate", "id"]),
        Recipe(
            "keypair", .compute, .projects, "/v2.1/os-keypairs",
            #"{"keypair": {"name": "@name"}}"#, id: ["keypair", "name"]),
        Recipe(
            "server_group", .compute, .projects, "/v2.1/os-server-groups",
            #"{"server_group": {"name": "@name", "policies": ["affinity"]}}"#, id: ["server_group", "id"]),
        // Asks for more disk than there is: reaches the scheduler, and no guest is started.
        Recipe(
            "server", .compute, .projects, "/v2.1/servers",
            #"{"server": {"name": "@name", "flavorRef": "@flavor", "imageRef": "@public_image", "networks": [{"uuid": "@network"}], "metadata": {"fuzz": "@name"}, "key_name": "@keypair"}}"#,
            id: ["server", "id"]),
    ]

    private static let placement: [Recipe] = [
        Recipe(
            "provider", .placement, .administrator, "/placement/resource_providers",
            #"{"name": "@name", "uuid": "@uuid"}"#, id: ["uuid"], version: "1.39")
    ]
}
