import Core

/// What a daemon's messages did, for Prometheus. Message names come from our own handlers, never from tenants.
struct RPCMetrics: Sendable {
    static let shared = RPCMetrics()

    private let handled = Metrics.shared.counter(
        "apus_rpc_handled_total", help: "Messages handled, by how it went.", labels: ["message", "outcome"])
    private let handling = Metrics.shared.histogram(
        "apus_rpc_handling_seconds", help: "Time handlers took.", labels: ["message"])
    private let sent = Metrics.shared.counter(
        "apus_rpc_sent_total", help: "Messages sent, by how it went.", labels: ["message", "kind", "outcome"])

    func handled(_ message: String, _ outcome: String, since start: ContinuousClock.Instant) {
        handled.add(1, message, outcome)
        handling.observe((ContinuousClock.now - start).seconds, message)
    }

    /// Counts what `body` sends.
    nonisolated(nonsending) func sending<Value>(
        _ message: String, _ kind: String, _ body: nonisolated(nonsending) () async throws -> Value
    ) async throws -> Value {
        do {
            let value = try await body()
            sent.add(1, message, kind, "ok")
            return value
        } catch {
            sent.add(1, message, kind, (error as? ServiceError)?.code.name ?? "cancelled")
            throw error
        }
    }
}
