import Core

extension ResourceType {
    package static let securityGroups = ResourceType(
        .securityGroup, collection: "security_groups", path: "security-groups", table: "security_groups",
        attributes: Attribute.identity + [
            Attribute("stateful", .flag("stateful"), post: true, put: true, .value(true), check: Check.flag),
            Attribute("security_group_rules", .none, filter: false),
            Attribute("shared", .none),
            Attribute("is_default", .none, visible: false, filter: false),
        ] + Attribute.standard)

    package static let securityGroupRules = ResourceType(
        .securityGroupRule, collection: "security_group_rules", path: "security-group-rules",
        table: "security_group_rules",
        attributes: [
            Attribute("id", .text("id")),
            Attribute("project_id", .text("project_id"), post: true, check: Check.text(max: 255)),
            Attribute("security_group_id", .text("security_group_id"), post: true, .required, check: Check.uuid),
            Attribute(
                "direction", .text("direction"), post: true, .required, check: Check.values(["ingress", "egress"])),
            Attribute("ethertype", .text("ethertype"), post: true, .value("IPv4"), check: SecurityCheck.ethertype),
            Attribute("protocol", .text("protocol"), post: true, .value(nil), check: SecurityCheck.networkProtocol),
            Attribute("port_range_min", .integer("port_range_min"), post: true, .value(nil), check: SecurityCheck.port),
            Attribute("port_range_max", .integer("port_range_max"), post: true, .value(nil), check: SecurityCheck.port),
            Attribute(
                "remote_ip_prefix", .text("remote_ip_prefix"), post: true, .value(nil), check: SecurityCheck.prefix),
            Attribute(
                "remote_group_id", .text("remote_group_id"), post: true, .value(nil),
                check: Check.orNull(Check.text(max: 36))),
            Attribute("remote_address_group_id", .none, filter: false),
            Attribute("normalized_cidr", .none, filter: false),
            Attribute("belongs_to_default_sg", .none, filter: false),
            Attribute(
                "description", .text("description"), post: true, .value(""), check: Check.text(max: 255)),
            Attribute("created_at", .time("created_at")),
            Attribute("updated_at", .time("updated_at")),
            Attribute("revision_number", .integer("revision_number")),
        ])

    package static let rbacPolicies = ResourceType(
        .rbacPolicy, collection: "rbac_policies", path: "rbac-policies", table: "rbac_policies",
        attributes: [
            Attribute("id", .text("id")),
            Attribute("project_id", .text("project_id"), post: true, check: Check.text(max: 255)),
            Attribute(
                "object_type", .text("object_type"), post: true, .required,
                check: Check.values(["network", "security_group"])),
            Attribute("object_id", .text("object_id"), post: true, .required, check: Check.uuid),
            Attribute(
                "action", .text("action"), post: true, .required,
                check: Check.values(["access_as_shared", "access_as_external"])),
            Attribute(
                "target_tenant", .text("target_project"), post: true, put: true, .required,
                check: Check.name(max: 255)),
        ])
}
