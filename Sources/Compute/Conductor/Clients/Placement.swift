package import Core
import Messaging
package import SchedulerModel

/// Who picks hosts and keeps claims.
package protocol Placement: Sendable {
    /// Picks a host and claims on it; a server that holds a claim keeps its host.
    /// - Throws: `.conflict` when no host fits, with the reasons as its message.
    func select(_ request: SelectDestinations, _ context: RequestContext) async throws -> SelectDestinations.Reply
    /// Gives back what a server claimed, if anything.
    func release(_ server: ServerID, _ context: RequestContext) async throws
    func update(_ host: HostState, _ context: RequestContext) async throws
}

/// The scheduler over RPC.
struct RemotePlacement: Placement {
    let client: RPCClient

    func select(_ request: SelectDestinations, _ context: RequestContext) async throws -> SelectDestinations.Reply {
        try await client.call(request, context)
    }

    func release(_ server: ServerID, _ context: RequestContext) async throws {
        _ = try await client.call(ReleaseClaim(server: server), context)
    }

    func update(_ host: HostState, _ context: RequestContext) async throws {
        _ = try await client.call(UpdateHost(host: host), context)
    }
}
