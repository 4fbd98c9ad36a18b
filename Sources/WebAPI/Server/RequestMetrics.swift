import Core
import HTTPTypes

/// Counts requests by operation and status. Operations are a fixed set, so the series are bounded.
struct RequestMetrics: Sendable {
    private let requests = Metrics.shared.counter(
        "apus_http_requests_total", help: "Requests answered.", labels: ["operation", "status"])
    private let seconds = Metrics.shared.histogram(
        "apus_http_request_seconds", help: "Time from a request's head to its answer's end.", labels: ["operation"])
    private let queries = Metrics.shared.counter(
        "apus_http_request_queries_total", help: "Database statements that requests needed.", labels: ["operation"])
    private let calls = Metrics.shared.counter(
        "apus_http_request_calls_total", help: "Requests and messages to other daemons that requests needed.",
        labels: ["operation"])

    func observe(_ exchange: Exchange, _ outcome: Outcome, _ duration: Duration) {
        requests.add(1, outcome.operation, String(outcome.head.status.code))
        seconds.observe(duration.seconds, outcome.operation)
        if exchange.cost.queries > 0 { queries.add(exchange.cost.queries, outcome.operation) }
        if exchange.cost.calls > 0 { calls.add(exchange.cost.calls, outcome.operation) }
    }
}
