import Logging
import OVSDB
import TestSupport

extension OVSDBServer {
    func options(_ tables: [MonitoredTable]) -> OVSDBClientOptions {
        var options = OVSDBClientOptions(remotes: [.unix(socket)], database: "OVN_Northbound", tables: tables)
        options.backoff = .milliseconds(20) ... .milliseconds(100)
        return options
    }
}

/// Runs `body` against a client of a private server.
func withClient(
    _ tables: [MonitoredTable], _ body: (OVSDBClient, OVSDBServer) async throws -> Void
) async throws {
    let server = try OVSDBServer()
    defer { server.stop() }
    let client = OVSDBClient(server.options(tables), logger: Logger(label: "test"))
    let running = Task { try await client.run() }
    defer { running.cancel() }
    try await eventually { await client.isConnected }
    try await body(client, server)
    running.cancel()
    _ = try? await running.value
}

/// Waits, with a bound, for a condition.
func eventually(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<500 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw OVSDBError.timeout
}
