package import ComputeModel
package import Core
package import Messaging

/// The agents on hypervisor hosts.
package protocol Agents: Sendable {
    /// Sends a command; its outcome comes back as a `ReportStep`.
    func send<Command: RPCCast>(
        _ command: Command, to host: String, _ context: RequestContext
    ) async throws where Command.Destination == ComputeTopic

    /// Whether the host's hypervisor has the server.
    /// - Throws: `.unavailable` or `.timeout` when the host does not answer.
    func has(_ server: ServerID, on host: String, _ context: RequestContext) async throws -> Bool
}

/// Agents over RPC.
struct RemoteAgents: Agents {
    let client: RPCClient

    func send<Command: RPCCast>(
        _ command: Command, to host: String, _ context: RequestContext
    ) async throws where Command.Destination == ComputeTopic {
        try await client.cast(command, at: host, context)
    }

    func has(_ server: ServerID, on host: String, _ context: RequestContext) async throws -> Bool {
        do {
            _ = try await client.call(GetPowerState(server: server), at: host, context)
            return true
        } catch let error as ServiceError where error.code == .notFound {
            return false
        }
    }
}
