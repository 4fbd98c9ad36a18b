import ComputeModel
import Core

/// Puts a port of the Networking API together with the network, subnets and floating addresses it refers to.
struct PortDescription {
    private let port: JSONValue
    private let networks: [String: JSONValue]
    private let subnets: [String: JSONValue]
    private let floating: [JSONValue]

    init(
        _ port: JSONValue, _ networks: [String: JSONValue], _ subnets: [String: JSONValue], _ floating: [JSONValue]
    ) {
        self.port = port
        self.networks = networks
        self.subnets = subnets
        self.floating = floating
    }

    /// - Throws: `.badGateway` when the port lacks what every port has, or could not be bound.
    func bound() throws -> BoundPort {
        guard let id = port["id"]?.string, let mac = port["mac_address"]?.string,
            let networkID = port["network_id"]?.string
        else { throw NeutronClient.unreadable }
        guard port["binding:vif_type"]?.string != "binding_failed" else {
            throw ServiceError(.badGateway, "Binding failed for port \(id), please check the network service's log.")
        }
        let network = networks[networkID]
        let mtu = network?["mtu"]?.int ?? 1442
        let details = port["binding:vif_details"]
        let nic = NICSpec(
            port: PortID(id), mac: mac, network: NetworkID(networkID), mtu: mtu, fixedIPs: fixedIPs(),
            vifType: "ovs", bridge: details?["bridge_name"]?.string ?? "br-int")
        let info = InterfaceInfo(
            port: PortID(id), mac: mac, network: NetworkID(networkID), networkName: network?["name"]?.string ?? "",
            mtu: mtu, addresses: addresses(id))
        let host = port["binding:host_id"]?.string
        return BoundPort(
            nic: nic, info: info, host: host?.isEmpty == true ? nil : host,
            isActive: port["status"]?.string == "ACTIVE")
    }

    private func fixedIPs() -> [NICSpec.FixedIP] {
        (port["fixed_ips"]?.array ?? []).compactMap { fixed in
            guard let address = fixed["ip_address"]?.string, let subnetID = fixed["subnet_id"]?.string else {
                return nil
            }
            let subnet = subnets[subnetID]
            let prefix = subnet?["cidr"]?.string?.split(separator: "/").last.flatMap { Int($0) }
            return NICSpec.FixedIP(
                address: address, subnet: SubnetID(subnetID), prefix: prefix ?? (address.contains(":") ? 64 : 24),
                gateway: subnet?["gateway_ip"]?.string)
        }
    }

    private func addresses(_ portID: String) -> [InterfaceInfo.Address] {
        (port["fixed_ips"]?.array ?? []).compactMap { fixed in
            guard let address = fixed["ip_address"]?.string else { return nil }
            let leading = floating.filter {
                $0["port_id"]?.string == portID && $0["fixed_ip_address"]?.string == address
            }
            return InterfaceInfo.Address(
                address: address, version: address.contains(":") ? 6 : 4,
                floating: leading.compactMap { $0["floating_ip_address"]?.string }.sorted())
        }
    }
}
