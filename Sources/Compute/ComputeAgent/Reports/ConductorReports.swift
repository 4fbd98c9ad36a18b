import ComputeModel
import Core
import Messaging

/// What the agent tells conductors.
struct ConductorReports: Sendable {
    let client: RPCClient
    let host: String

    func report(_ ticket: StepTicket, _ server: ServerID, result: JSONValue, _ context: RequestContext) async throws {
        try await send(ReportStep(ticket: ticket, server: server, host: host, result: result), context)
    }

    func report(
        _ ticket: StepTicket, _ server: ServerID, failure: StepFailure, _ context: RequestContext
    ) async throws {
        try await send(
            ReportStep(ticket: ticket, server: server, host: host, result: .null, failure: failure), context)
    }

    private func send(_ report: ReportStep, _ context: RequestContext) async throws {
        do {
            try await client.cast(report, context)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ReportFailure(cause: error)
        }
    }

    func power(_ server: ServerID, _ power: PowerState, _ event: ReportPowerState.Event) async throws {
        try await client.cast(
            ReportPowerState(server: server, host: host, powerState: power, event: event), .system())
    }

    func announce(_ report: HostReport) async throws {
        _ = try await client.call(AnnounceHost(report: report), .system())
    }

    func serversHere(domains: [ServerID]) async throws -> ListServersOnHost.Reply {
        try await client.call(ListServersOnHost(host: host, domains: domains), .system())
    }

    func configDriveFiles(_ server: ServerID, _ context: RequestContext) async throws -> [String: String] {
        try await client.call(ConfigDriveFiles(server: server), context).files
    }
}
