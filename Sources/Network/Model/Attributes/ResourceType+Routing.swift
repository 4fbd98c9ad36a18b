import Core

extension ResourceType {
    package static let routers = ResourceType(
        .router, collection: "routers", path: "routers", table: "routers",
        attributes: Attribute.identity + [
            Attribute(
                "admin_state_up", .flag("admin_state_up"), post: true, put: true, .value(true), check: Check.flag),
            Attribute("status", .text("status")),
            Attribute(
                "external_gateway_info", .none, post: true, put: true, .value(nil), filter: false,
                check: Check.gatewayInfo),
            Attribute("enable_snat", .flag("enable_snat"), visible: false),
            Attribute("external_network_id", .text("external_network_id"), visible: false, filter: false),
            Attribute("gateway_port_id", .text("gateway_port_id"), visible: false, filter: false),
            Attribute("routes", .document("routes"), put: true, .value([]), filter: false, check: Check.routes),
            Attribute(
                "distributed", .none, post: true, put: true, .chosen, access: .adminOnly, filter: false,
                check: Check.flag),
            Attribute(
                "ha", .none, post: true, put: true, .chosen, access: .adminOnly, filter: false, check: Check.flag),
            Attribute("flavor_id", .none, filter: false),
            Attribute(
                "availability_zone_hints", .document("availability_zone_hints"), post: true, .value([]), filter: false,
                check: Check.zones),
            Attribute("availability_zones", .none, filter: false),
        ] + Attribute.standard)

    package static let floatingIPs = ResourceType(
        .floatingip, collection: "floatingips", path: "floatingips", table: "floating_ips",
        attributes: [
            Attribute("id", .text("id")),
            Attribute("project_id", .text("project_id"), post: true, check: Check.text(max: 255)),
            Attribute("floating_network_id", .text("floating_network_id"), post: true, .required, check: Check.uuid),
            Attribute(
                "floating_ip_address", .text("floating_ip_address"), post: true, .value(nil), access: .adminWrites,
                check: Check.orNull(Check.address)),
            Attribute(
                "subnet_id", .none, post: true, .value(nil), visible: false, filter: false, check: Check.uuidOrNull),
            Attribute("floating_port_id", .text("floating_port_id"), visible: false, filter: false),
            Attribute("port_id", .text("fixed_port_id"), post: true, put: true, .value(nil), check: Check.uuidOrNull),
            Attribute(
                "fixed_ip_address", .text("fixed_ip_address"), post: true, put: true, .value(nil),
                check: Check.orNull(Check.address)),
            Attribute("router_id", .text("router_id")),
            Attribute("status", .text("status")),
            Attribute("port_details", .none, filter: false),
            Attribute("dns_name", .text("dns_name"), post: true, .value(""), check: Check.dnsName),
            Attribute("dns_domain", .text("dns_domain"), post: true, .value(""), check: Check.text(max: 255)),
        ] + Attribute.standard)

    package static let subnetPools = ResourceType(
        .subnetpool, collection: "subnetpools", path: "subnetpools", table: "subnetpools",
        attributes: [
            Attribute("id", .text("id")),
            Attribute("name", .text("name"), post: true, put: true, .required, check: Check.name(max: 255)),
            Attribute("project_id", .text("project_id"), post: true, check: Check.text(max: 255)),
            Attribute(
                "prefixes", .document("prefixes"), post: true, put: true, .required, filter: false,
                check: Check.prefixes),
            Attribute("ip_version", .integer("ip_version")),
            Attribute(
                "default_prefixlen", .integer("default_prefixlen"), post: true, put: true, check: Check.integer(0...128)
            ),
            Attribute("min_prefixlen", .integer("min_prefixlen"), post: true, put: true, check: Check.integer(0...128)),
            Attribute("max_prefixlen", .integer("max_prefixlen"), post: true, put: true, check: Check.integer(0...128)),
            Attribute(
                "default_quota", .integer("default_quota"), post: true, put: true, .value(nil),
                check: Check.orNull(Check.integer(0...Int(Int32.max)))),
            Attribute("shared", .flag("shared"), post: true, .value(false), access: .adminWrites, check: Check.flag),
            Attribute(
                "is_default", .flag("is_default"), post: true, put: true, .value(false), access: .adminWrites,
                check: Check.flag),
            Attribute(
                "address_scope_id", .text("address_scope_id"), post: true, put: true, .value(nil),
                check: Check.uuidOrNull),
        ] + Attribute.standard)

    package static let addressScopes = ResourceType(
        .addressScope, collection: "address_scopes", path: "address-scopes", table: "address_scopes",
        attributes: [
            Attribute("id", .text("id")),
            Attribute("name", .text("name"), post: true, put: true, .value(""), check: Check.text(max: 255)),
            Attribute("project_id", .text("project_id"), post: true, check: Check.text(max: 255)),
            Attribute("ip_version", .integer("ip_version"), post: true, .required, check: Check.ipVersion),
            Attribute(
                "shared", .flag("shared"), post: true, put: true, .value(false), access: .adminWrites,
                check: Check.flag),
        ])
}
