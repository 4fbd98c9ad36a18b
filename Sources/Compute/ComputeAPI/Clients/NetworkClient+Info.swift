import ComputeModel
import Core

extension NetworkClient {
    /// A server's interfaces with their fixed and floating addresses, as the network service has them now.
    func interfaces(of server: ServerID, _ context: RequestContext) async throws -> [InterfaceInfo] {
        let ports = try await ports(of: [server], context)
        guard !ports.isEmpty else { return [] }
        let networkIDs = Set(ports.compactMap { $0["network_id"]?.string })
        let networks = try await list("networks", networkIDs.sorted().map { ("id", $0) }, context)
        let names = Dictionary(
            networks.compactMap { network in network["id"]?.string.map { ($0, network["name"]?.string ?? $0) } },
            uniquingKeysWith: { first, _ in first })
        let floating = try await floatingAddresses(ports.compactMap { $0["id"]?.string }, context)
        return ports.compactMap { port in
            guard let id = port["id"]?.string, let network = port["network_id"]?.string else { return nil }
            let addresses = (port["fixed_ips"]?.array ?? []).compactMap { $0["ip_address"]?.string }
            return InterfaceInfo(
                port: PortID(id), mac: port["mac_address"]?.string ?? "", network: NetworkID(network),
                networkName: names[network] ?? network,
                addresses: addresses.map { address in
                    InterfaceInfo.Address(
                        address: address, version: address.contains(":") ? 6 : 4,
                        floating: floating["\(id) \(address)"] ?? [])
                })
        }
    }

    /// Floating addresses by port and fixed address.
    private func floatingAddresses(_ ports: [String], _ context: RequestContext) async throws -> [String: [String]] {
        let found = try await list("floatingips", [], "port_id", anyOf: ports, context)
        return found.reduce(into: [:]) { all, floating in
            guard let port = floating["port_id"]?.string, let fixed = floating["fixed_ip_address"]?.string,
                let address = floating["floating_ip_address"]?.string
            else { return }
            all["\(port) \(fixed)", default: []].append(address)
        }
    }
}
