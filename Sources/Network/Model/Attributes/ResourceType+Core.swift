import Core

extension ResourceType {
    package static let networks = ResourceType(
        .network, collection: "networks", path: "networks", table: "networks",
        attributes: Attribute.identity + [
            Attribute(
                "admin_state_up", .flag("admin_state_up"), post: true, put: true, .value(true), check: Check.flag),
            Attribute("status", .text("status")),
            Attribute("shared", .none, post: true, put: true, .value(false), access: .adminWrites, check: Check.flag),
            Attribute(
                "router:external", .flag("router_external"), post: true, put: true, .value(false),
                access: .adminWrites, check: Check.flag),
            Attribute(
                "is_default", .flag("is_default"), post: true, put: true, .value(false), access: .adminWrites,
                check: Check.flag),
            Attribute("subnets", .none, filter: false),
            Attribute("mtu", .integer("mtu"), post: true, put: true, check: Check.integer(0...65535)),
            Attribute(
                "port_security_enabled", .flag("port_security_enabled"), post: true, put: true, .value(true),
                check: Check.flag),
            Attribute(
                "provider:network_type", .text("network_type"), post: true, access: .adminOnly,
                check: Check.values(["flat", "vlan", "geneve", "local"])),
            Attribute(
                "provider:physical_network", .text("physical_network"), post: true, access: .adminOnly,
                check: Check.orNull(Check.text(max: 64))),
            Attribute(
                "provider:segmentation_id", .integer("segmentation_id"), post: true, access: .adminOnly,
                check: Check.orNull(Check.integer(1...16_777_215))),
            Attribute(
                "dns_domain", .text("dns_domain"), post: true, put: true, .value(""), check: Check.text(max: 255)),
            Attribute(
                "availability_zone_hints", .document("availability_zone_hints"), post: true, .value([]), filter: false,
                check: Check.zones),
            Attribute("availability_zones", .none, filter: false),
            Attribute("ipv4_address_scope", .none, filter: false),
            Attribute("ipv6_address_scope", .none, filter: false),
            Attribute("l2_adjacency", .none, filter: false),
        ] + Attribute.standard)

    package static let subnets = ResourceType(
        .subnet, collection: "subnets", path: "subnets", table: "subnets",
        attributes: Attribute.identity + [
            Attribute("network_id", .text("network_id"), post: true, .required, check: Check.uuid),
            Attribute(
                "ip_version", .integer("ip_version"), post: true, check: Check.ipVersion),
            Attribute("cidr", .text("cidr"), post: true, check: Check.orNull(Check.cidr)),
            Attribute("prefixlen", .none, post: true, visible: false, filter: false, check: Check.integer(0...128)),
            Attribute("gateway_ip", .text("gateway_ip"), post: true, put: true, check: Check.orNull(Check.address)),
            Attribute(
                "allocation_pools", .document("allocation_pools"), post: true, put: true, filter: false,
                check: Check.pools),
            Attribute("enable_dhcp", .flag("enable_dhcp"), post: true, put: true, .value(true), check: Check.flag),
            Attribute("ipv6_ra_mode", .text("ipv6_ra_mode"), post: true, .value(nil), check: Check.ipv6Mode),
            Attribute("ipv6_address_mode", .text("ipv6_address_mode"), post: true, .value(nil), check: Check.ipv6Mode),
            Attribute(
                "subnetpool_id", .text("subnetpool_id"), post: true, .value(nil), check: Check.orNull(Check.uuid)),
            Attribute(
                "use_default_subnetpool", .none, post: true, .value(false), visible: false, filter: false,
                check: Check.flag),
            Attribute(
                "dns_nameservers", .document("dns_nameservers"), post: true, put: true, .value([]), filter: false,
                check: Check.nameservers),
            Attribute(
                "host_routes", .document("host_routes"), post: true, put: true, .value([]), filter: false,
                check: Check.routes),
            Attribute(
                "service_types", .document("service_types"), post: true, put: true, .value([]), access: .adminWrites,
                filter: false, check: Check.zones),
            Attribute(
                "dns_publish_fixed_ip", .flag("dns_publish_fixed_ip"), post: true, put: true, .value(false),
                check: Check.flag),
            Attribute("segment_id", .none, filter: false),
            Attribute("router:external", .none),
            Attribute("shared", .none, visible: false),
        ] + Attribute.standard)

    package static let ports = ResourceType(
        .port, collection: "ports", path: "ports", table: "ports",
        attributes: Attribute.identity + [
            Attribute("network_id", .text("network_id"), post: true, .required, check: Check.uuid),
            Attribute(
                "mac_address", .text("mac_address"), post: true, put: true, access: .networkOwnerWrites,
                check: Check.orNull(Check.mac)),
            Attribute(
                "admin_state_up", .flag("admin_state_up"), post: true, put: true, .value(true), check: Check.flag),
            Attribute("status", .text("status")),
            Attribute("device_id", .text("device_id"), post: true, put: true, .value(""), check: Check.text(max: 255)),
            Attribute(
                "device_owner", .text("device_owner"), post: true, put: true, .value(""), check: Check.text(max: 255)),
            Attribute("fixed_ips", .none, post: true, put: true, check: Check.fixedIPs),
            Attribute("security_groups", .none, post: true, put: true, check: Check.uuids),
            Attribute(
                "port_security_enabled", .flag("port_security_enabled"), post: true, put: true,
                access: .networkOwnerWrites, check: Check.flag),
            Attribute(
                "allowed_address_pairs", .document("allowed_address_pairs"), post: true, put: true, .value([]),
                access: .networkOwnerWrites, filter: false, check: Check.addressPairs),
            Attribute(
                "extra_dhcp_opts", .document("extra_dhcp_opts"), post: true, put: true, .value([]), filter: false,
                check: Check.dhcpOptions),
            Attribute(
                "binding:host_id", .text("binding_host_id"), post: true, put: true, .value(""), access: .adminOnly,
                check: Check.hostID),
            Attribute(
                "binding:vnic_type", .text("binding_vnic_type"), post: true, put: true, .value("normal"),
                check: Check.values(["normal", "direct", "macvtap", "baremetal", "direct-physical", "virtio-forwarder"])
            ),
            Attribute(
                "binding:profile", .document("binding_profile"), post: true, put: true, .value([:]), access: .adminOnly,
                filter: false, check: Check.dictionary),
            Attribute("binding:vif_type", .none, access: .adminOnly, filter: false),
            Attribute("binding:vif_details", .none, access: .adminOnly, filter: false),
            Attribute("dns_name", .text("dns_name"), post: true, put: true, .value(""), check: Check.dnsName),
            Attribute(
                "dns_domain", .text("dns_domain"), post: true, put: true, .value(""), check: Check.text(max: 255)),
            Attribute("dns_assignment", .none, filter: false),
            Attribute(
                "propagate_uplink_status", .flag("propagate_uplink_status"), post: true, put: true, .value(true),
                check: Check.flag),
            Attribute("ip_allocation", .none, filter: false),
        ] + Attribute.standard,
        policies: ResourcePolicies(
            "port",
            attributes: [
                Attribute("mac_address", .none, access: .networkOwnerWrites),
                Attribute("port_security_enabled", .none, access: .networkOwnerWrites),
                Attribute("allowed_address_pairs", .none, access: .networkOwnerWrites),
                Attribute("binding:host_id", .none, access: .adminOnly),
                Attribute("binding:profile", .none, access: .adminOnly),
                Attribute("binding:vif_type", .none, access: .adminOnly),
                Attribute("binding:vif_details", .none, access: .adminOnly),
            ], update: ResourcePolicies.memberOrNetworkOwner,
            delete: ResourcePolicies.memberOrNetworkOwner))
}
