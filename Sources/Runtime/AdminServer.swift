import Core
import HTTPTypes
import Hummingbird
import Logging
import ServiceLifecycle

/// Answers operators: `/healthz` as soon as the process serves, `/readyz` when all that it depends on
/// answers, `/metrics` in Prometheus's text format.
struct AdminServer: Service {
    let options: AdminOptions
    let parts: DaemonParts
    let logger: Logger

    func run() async throws {
        let router = Router()
        router.get("/healthz") { _, _ in Self.text(.ok, "ok\n") }
        router.get("/metrics") { _, _ in
            Self.text(.ok, Metrics.shared.render(), type: "text/plain; version=0.0.4; charset=utf-8")
        }
        router.get("/readyz") { [parts] _, _ in
            let results = await Self.results(of: parts.checks)
            let isReady = results.allSatisfy { $0.problem == nil }
            var json = JSONWriter()
            json.object { json in
                json.field("ready", isReady)
                json.field("checks") { json in
                    json.object { json in
                        for result in results { json.field(result.name, result.problem ?? "ok") }
                    }
                }
            }
            return Self.text(isReady ? .ok : .serviceUnavailable, json.text + "\n", type: "application/json")
        }
        var quiet = logger
        quiet.logLevel = .warning
        let application = Application(
            router: router, configuration: .init(address: .hostname(options.bind, port: options.port)),
            onServerRunning: { [logger] channel in
                guard let address = channel.localAddress else { return }
                logger.debug("admin listener is up", metadata: ["address": "\(address)"])
            }, logger: quiet)
        try await application.run()
    }

    private struct Result: Sendable {
        let index: Int
        let name: String
        let problem: String?
    }

    /// All checks at once, in the order in which they were added.
    private static func results(of checks: [ReadinessCheck]) async -> [Result] {
        await withTaskGroup(of: Result.self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask {
                    do {
                        try await check.probe()
                        return Result(index: index, name: check.name, problem: nil)
                    } catch {
                        return Result(
                            index: index, name: check.name,
                            problem: (error as? ServiceError)?.message ?? "failed")
                    }
                }
            }
            var results: [Result] = []
            for await result in group { results.append(result) }
            return results.sorted { $0.index < $1.index }
        }
    }

    private static func text(
        _ status: HTTPResponse.Status, _ text: String, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
