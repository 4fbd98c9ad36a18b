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

    func handled(_ message: String, _ outcome: String, took: Duration) {
        handled.add(1, message, outcome)
        handling.observe(took.seconds, message)
    }

    func sent(_ message: String, _ kind: String, _ outcome: String) { sent.add(1, message, kind, outcome) }
}
