import Core
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import ServiceLifecycle

/// Answers operators: `/healthz` as soon as the process serves, `/readyz` when all that it depends on
/// answers, `/metrics` in Prometheus's text format, `/status` what the process says of itself, and
/// `/stories?id=…` what it kept of a request or an object.
struct AdminServer: Service {
    let options: AdminOptions
    let daemon: DaemonEnvironment
    let startedAt: Date
    /// Raised when the listener is up.
    let listening: Signal
    /// Stories are read from disk.
    private let files = BlockingPool(name: "stories", threads: 1, maxQueue: 16)

    init(options: AdminOptions, daemon: DaemonEnvironment, startedAt: Date, listening: Signal) {
        self.options = options
        self.daemon = daemon
        self.startedAt = startedAt
        self.listening = listening
    }

    func run() async throws {
        let router = Router()
        router.get("/healthz") { _, _ in Self.text(.ok, "ok\n") }
        router.get("/metrics") { _, _ in
            Self.text(.ok, Metrics.shared.render(), type: "text/plain; version=0.0.4; charset=utf-8")
        }
        router.get("/readyz") { [parts = daemon.parts] _, _ in
            let readiness = await Readiness.look(parts.checks)
            var json = JSONWriter()
            json.object { readiness.write(to: &$0) }
            return Self.text(
                readiness.isReady ? .ok : .serviceUnavailable, json.text + "\n", type: "application/json")
        }
        router.get("/status") { [daemon, startedAt] _, _ in
            let status = ProcessStatus(daemon, await Readiness.look(daemon.parts.checks), startedAt: startedAt)
            return Self.text(.ok, status.json + "\n", type: "application/json")
        }
        router.get("/stories") { [files] (request: Request, _: BasicRequestContext) -> Response in
            guard let id = request.uri.queryParameters["id"].map(String.init), StoryReader.isSearchable(id) else {
                return Self.text(.badRequest, "id: letters, digits and dashes\n")
            }
            guard let answer = try await files.run({ StoryRecorder.shared.answer(id: id) }) else {
                return Self.text(.notFound, "no stories are kept\n")
            }
            return Self.text(.ok, String(decoding: answer, as: UTF8.self) + "\n", type: "application/json")
        }
        let logger = daemon.logger
        var quiet = logger
        quiet.logLevel = .warning
        let application = Application(
            router: router, configuration: .init(address: .hostname(options.bind, port: options.port)),
            onServerRunning: { [listening] channel in
                listening.raise()
                guard let address = channel.localAddress else { return }
                logger.debug("admin listener is up", metadata: ["address": "\(address)"])
            }, logger: quiet)
        try await application.run()
    }

    private static func text(
        _ status: HTTPResponse.Status, _ text: String, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
