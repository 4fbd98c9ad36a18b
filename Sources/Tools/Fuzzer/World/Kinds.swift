/// Which kind of object a path's parameter or a body's member names, so that ids of real objects go there.
enum Kinds {
    /// By the literal part of the path before a parameter.
    private static let collections: [String: String] = [
        "servers": "server", "flavors": "flavor", "os-keypairs": "keypair", "os-aggregates": "aggregate",
        "os-server-groups": "server_group", "os-quota-sets": "project", "os-simple-tenant-usage": "project",
        "os-security-groups": "security_group", "os-volume_attachments": "volume", "os-interface": "port",
        "images": "image", "members": "project", "namespaces": "namespace", "tasks": "task",
        "volumes": "volume", "snapshots": "snapshot", "types": "volume_type", "attachments": "attachment",
        "os-volume-transfer": "transfer", "volume-transfers": "transfer", "networks": "network",
        "subnets": "subnet", "ports": "port", "routers": "router", "floatingips": "floatingip",
        "security-groups": "security_group", "security-group-rules": "security_group_rule",
        "subnetpools": "subnetpool", "address-scopes": "address_scope", "rbac-policies": "rbac_policy",
        "quotas": "project", "users": "user", "groups": "group", "projects": "project", "domains": "domain",
        "roles": "role", "implies": "implied_role", "services": "service", "endpoints": "endpoint",
        "regions": "region", "credentials": "credential", "application_credentials": "application_credential",
        "trusts": "trust", "policies": "policy", "limits": "limit", "registered_limits": "registered_limit",
        "consumers": "consumer", "endpoint_groups": "endpoint_group", "resource_providers": "provider",
        "allocations": "server", "resource_classes": "resource_class", "inventories": "resource_class",
        "traits": "trait",
    ]

    private static let parameters: [String: String] = [
        "project_id": "project", "project": "project", "user_id": "user", "domain_id": "domain",
    ]

    /// By the name of a body's member.
    private static let members: [String: String] = [
        "project_id": "project", "tenant_id": "project", "tenant": "project", "target_tenant": "project",
        "user_id": "user", "trustee_user_id": "other_user", "trustor_user_id": "user", "imageRef": "image",
        "image_id": "image", "flavorRef": "flavor", "volume_id": "volume", "volumeId": "volume",
        "source_volid": "volume", "snapshot_id": "snapshot", "network_id": "network", "net_id": "network",
        "port_id": "port", "port": "port", "subnet_id": "subnet", "router_id": "router",
        "security_group_id": "security_group", "remote_group_id": "security_group", "key_name": "keypair",
        "role_id": "role", "domain_id": "domain", "default_project_id": "project", "service_id": "service",
        "region_id": "region", "parent_region_id": "region", "group_id": "group", "instance_uuid": "server",
        "server_id": "server", "server_uuid": "server", "subnetpool_id": "subnetpool",
        "address_scope_id": "address_scope", "volume_type": "volume_type", "member": "project",
    ]

    static func ofParameter(_ name: String, after literal: String?) -> String? {
        if let literal, let kind = collections[literal] { return kind }
        return parameters[name]
    }

    static func ofMember(_ name: String) -> String? { members[name] }

    /// What is no secret of one project: clouds tell everyone of them, or others name them.
    static let common: Set<String> = nameable.union(["role", "domain", "flavor"])

    /// Naming another's project or user is no wrong in itself: to share, to trust, to ask.
    static let nameable: Set<String> = ["project", "user", "other_user"]
}
