import Core
import Glibc
import Logging
import Messaging
import ServiceLifecycle

/// Calls between two processes through the Messaging module, as daemons make them.
///
///     bench-rpc serve
///     bench-rpc call IN-FLIGHT SECONDS BODY-BYTES
///
/// The broker is named as for bench-pingpong, by BENCH_RABBIT_HOST and its like.
@main
enum RPCBench {
    static func main() async throws {
        let words = CommandLine.arguments.dropFirst()
        signal(SIGPIPE, SIG_IGN)
        if words == ["serve"] {
            try await serve()
        } else if words.count == 4, words.first == "call", let load = Load(Array(words.dropFirst())) {
            try await call(load)
        } else {
            write("usage: bench-rpc serve | call IN-FLIGHT SECONDS BODY-BYTES\n")
            exit(2)
        }
    }

    private static func broker(_ name: String) -> AMQPBroker {
        var logger = Logger(label: "bench-rpc")
        logger.logLevel = .error
        return AMQPBroker(
            MessagingOptions(
                host: setting("HOST") ?? "127.0.0.1", port: setting("PORT").flatMap { Int($0) } ?? 5672,
                user: setting("USER") ?? "guest", password: Secret(setting("PASSWORD") ?? "guest"),
                virtualHost: setting("VHOST") ?? "/"),
            name: name, logger: logger)
    }

    private static func setting(_ name: String) -> String? {
        getenv("BENCH_RABBIT_\(name)").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func serve() async throws {
        let broker = broker("bench-rpc-server")
        var handlers = RPCHandlers()
        handlers.on(Echo.self) { message, _ in Echo.Reply(text: message.text) }
        var logger = Logger(label: "bench-rpc")
        logger.logLevel = .error
        let server = RPCServer(broker, topic: BenchTopic.self, handlers: handlers, logger: logger)
        write("ready\n")  // Callers wait for the queue by themselves.
        try await server.run()
    }

    private static func call(_ load: Load) async throws {
        let broker = broker("bench-rpc-client")
        let client = RPCClient(broker)
        let text = String(repeating: "x", count: load.bytes)
        try await untilAnswered(client, text)
        let start = ContinuousClock.now + .seconds(1)
        let end = start + .seconds(load.seconds)
        let times = try await withThrowingTaskGroup(of: [Duration].self) { group in
            for _ in 0..<load.inFlight {
                group.addTask {
                    var times: [Duration] = []
                    while true {
                        let began = ContinuousClock.now
                        let context = RequestContext(requestID: "req-5f2b6e7a-8c3d-4f10-9a55-0d1c2b3a4e5f")
                        _ = try await client.call(Echo(text: text), context)
                        let over = ContinuousClock.now
                        if over > end { return times }
                        if began > start { times.append(over - began) }
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }.sorted()
        }
        guard !times.isEmpty else { throw ServiceError(.timeout, "No answer in time.") }
        var json = JSONWriter()
        json.object {
            $0.field("calls_per_second", Double(times.count) / Double(load.seconds))
            $0.field("p50_us", times[times.count / 2] / .microseconds(1))
            $0.field("p99_us", times[times.count * 99 / 100] / .microseconds(1))
        }
        write(json.text + "\n")
        await broker.close()
    }

    /// The server may still be on its way to its queue.
    private static func untilAnswered(_ client: RPCClient, _ text: String) async throws {
        for attempt in 1... {
            do {
                _ = try await client.call(Echo(text: text), RequestContext(requestID: "req-warm"))
                return
            } catch let error as ServiceError where error.code == .unavailable && attempt < 100 {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private static func write(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
    }
}

private struct Load {
    let inFlight: Int
    let seconds: Int
    let bytes: Int

    init?(_ words: [String]) {
        let numbers = words.compactMap { Int($0) }
        guard numbers.count == 3, numbers[0] > 0, numbers[1] > 0 else { return nil }
        (inFlight, seconds, bytes) = (numbers[0], numbers[1], numbers[2])
    }
}

private enum BenchTopic: Topic {
    static let name = "bench"
}

/// Gives back what it was sent.
private struct Echo: RPCCall {
    typealias Destination = BenchTopic

    struct Reply: Codable, Sendable {
        var text: String
    }

    static let name = "bench.echo"

    var text: String
}
