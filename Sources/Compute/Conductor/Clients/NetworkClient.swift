package import ComputeModel
package import Core

/// What the conductor asks of the network service. Every call can be repeated.
package protocol NetworkClient: Sendable {
    /// Makes the port of an interface, or binds the one that was given, to a host.
    /// - Parameter taken: ports that other interfaces of the server have already. A port made by an earlier
    ///   try, whose answer was lost, belongs to the server but is not among them, and is used.
    func ensurePort(_ request: PortRequest, taken: Set<PortID>, _ context: RequestContext) async throws -> BoundPort

    /// Deletes a port that we made. One that is gone is no error.
    func deletePort(_ port: PortID, _ context: RequestContext) async throws

    /// Gives a port back to its owner: it belongs to no server and no host. One that is gone is no error.
    func unbindPort(_ port: PortID, _ context: RequestContext) async throws

    /// Every port of a server, with its addresses and the floating ones that lead to them.
    func interfaces(of server: ServerID, _ context: RequestContext) async throws -> [BoundPort]
}

/// An interface's port as it should be.
package struct PortRequest: Sendable, Hashable {
    package var server: ServerID
    package var project: ProjectID
    package var host: String
    package var zone: String
    package var network: NetworkID?
    /// The port that the user gave; nil to make one.
    package var port: PortID?
    package var fixedIP: String?
    /// Names or ids; empty takes the network service's default.
    package var securityGroups: [String]

    package init(
        server: ServerID, project: ProjectID, host: String, zone: String, network: NetworkID?, port: PortID?,
        fixedIP: String? = nil, securityGroups: [String] = []
    ) {
        self.server = server
        self.project = project
        self.host = host
        self.zone = zone
        self.network = network
        self.port = port
        self.fixedIP = fixedIP
        self.securityGroups = securityGroups
    }
}

/// A port as it is.
package struct BoundPort: Sendable, Hashable {
    /// What the host needs to plug it.
    package var nic: NICSpec
    /// What the API and the metadata show of it.
    package var info: InterfaceInfo
    /// `binding:host_id`.
    package var host: String?
    /// Whether the network service says that traffic flows: `status` is ACTIVE.
    package var isActive: Bool

    package init(nic: NICSpec, info: InterfaceInfo, host: String?, isActive: Bool) {
        self.nic = nic
        self.info = info
        self.host = host
        self.isActive = isActive
    }
}
