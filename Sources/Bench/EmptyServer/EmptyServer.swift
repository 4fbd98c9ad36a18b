import Glibc
import Hummingbird
import Logging

/// The least that a Hummingbird server can be: the measure for how fast our daemons start.
///
///     bench-empty-server PORT
@main
enum EmptyServer {
    static func main() async throws {
        guard CommandLine.arguments.count == 2, let port = Int(CommandLine.arguments[1]) else {
            print("usage: bench-empty-server PORT")
            exit(2)
        }
        let router = Router()
        router.get("/healthz") { _, _ in "ok\n" }
        var logger = Logger(label: "empty")
        logger.logLevel = .warning
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)
        try await application.runService()
    }
}
