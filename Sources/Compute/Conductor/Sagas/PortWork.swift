import ComputeModel
import ComputeStore
import Core
import Database
import Workflow

/// Making, binding and freeing servers' ports: shared by the sagas that need it.
extension ConductorEnvironment {
    /// Sees that every interface of a server has its port, bound to the host. Safe to repeat: a port made by
    /// a run that was lost is found by its owner and network, and adopted.
    func ensurePorts(
        of server: Server, _ interfaces: [ServerInterface], host: String, zone: String, _ context: RequestContext
    ) async throws {
        var taken = Set(try await ServerInterfaceStore.list(of: server.id, in: database).compactMap(\.port))
        for interface in interfaces {
            let port = try await network.ensurePort(
                PortRequest(
                    server: server.id, project: server.project, host: host, zone: zone, network: interface.network,
                    port: interface.port, fixedIP: interface.fixedIP, securityGroups: server.securityGroups),
                taken: taken, context)
            taken.insert(port.nic.port)
            try await ServerInterfaceStore.update(
                interface.id, network: port.nic.network, port: port.nic.port, in: database)
        }
    }

    /// Frees all ports of a server: ours are deleted, given ones unbound. Safe to repeat.
    func releasePorts(of server: ServerID, _ context: RequestContext) async throws {
        let interfaces = try await ServerInterfaceStore.list(of: server, in: database)
        for interface in interfaces {
            guard let port = interface.port else { continue }
            try await release(port, isOurs: interface.isPortOurs, context)
            if interface.isPortOurs { try await forgetPort(of: interface) }
        }
        // Made by a run that was lost before it could note them.
        let given = Set(interfaces.filter { !$0.isPortOurs }.compactMap(\.port))
        for port in try await network.interfaces(of: server, context) where !given.contains(port.nic.port) {
            try await network.deletePort(port.nic.port, context)
        }
    }

    func release(_ port: PortID, isOurs: Bool, _ context: RequestContext) async throws {
        if isOurs {
            try await network.deletePort(port, context)
        } else {
            try await network.unbindPort(port, context)
        }
    }

    private func forgetPort(of interface: ServerInterface) async throws {
        try await database.execute(
            "UPDATE server_interfaces SET port_id = NULL, version = version + 1 WHERE id = \(interface.id)")
    }
}
