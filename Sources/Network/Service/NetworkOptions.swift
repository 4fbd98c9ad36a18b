package import Core

/// What the service offers and how it names it: `[network]`.
package struct NetworkOptions: OptionGroup {
    package static let group = "network"

    package let tenantNetworkMTU: Int
    package let providerMTU: Int
    package let physicalNetworks: [String]
    package let dnsDomain: String
    package let dnsServers: [String]
    package let leaseSeconds: Int
    package let availabilityZone: String

    package init(_ options: inout OptionReader) throws {
        tenantNetworkMTU = try options.value(
            "tenant_network_mtu", default: 1442, in: 576...65535,
            help: "MTU of tenant networks: the underlay's, less 58 bytes for geneve over IPv4.")
        providerMTU = try options.value(
            "provider_network_mtu", default: 1500, in: 576...65535, help: "MTU of flat and VLAN provider networks.")
        physicalNetworks = try options.list(
            "physical_networks", default: ["public"],
            help: "Physical networks that provider networks may name; hosts map them to bridges.")
        dnsDomain = try options.value(
            "dns_domain", default: "openstacklocal", help: "Domain of ports' DNS names, given to guests by DHCP.")
        dnsServers = try options.list(
            "dns_servers", default: [], help: "DNS servers given to guests of subnets that name none.")
        leaseSeconds = try options.value(
            "dhcp_lease_seconds", default: 43200, in: 60...2_147_483_647, help: "How long DHCP leases last.")
        availabilityZone = try options.value(
            "availability_zone", default: "nova", help: "The availability zone that networks and routers report.")
    }
}

/// Limits per project: `[quotas]`, with Neutron's names and defaults. -1 is no limit.
package struct QuotaOptions: OptionGroup {
    package static let group = "quotas"

    package let limits: [String: Int]

    package static let defaults: [(String, Int)] = [
        ("network", 100), ("subnet", 100), ("port", 500), ("router", 10), ("floatingip", 50),
        ("security_group", 10), ("security_group_rule", 100), ("subnetpool", -1), ("rbac_policy", 10),
    ]

    package init(_ options: inout OptionReader) throws {
        var limits: [String: Int] = [:]
        for (resource, limit) in Self.defaults {
            limits[resource] = try options.value(
                "quota_\(resource)", default: limit, in: -1...Int(Int32.max),
                help: "Number of \(resource)s a project may have.")
        }
        self.limits = limits
    }
}
