import Core
import FoundationEssentials
import Glibc
import Logging
import Messaging

/// The brokers that keep the one contract.
enum BrokerKind: String, CaseIterable, Sendable, CustomStringConvertible {
    case memory, rabbitMQ, rabbitMQOverTLS

    var description: String { rawValue }

    /// RabbitMQ only where the environment names one.
    static let available: [BrokerKind] =
        [.memory] + (RabbitMQUnderTest.url == nil ? [] : [.rabbitMQ])
        + (RabbitMQUnderTest.urlOfTLS == nil ? [] : [.rabbitMQOverTLS])
}

enum RabbitMQUnderTest {
    static let url = environment("APUS_TEST_RABBITMQ_URL")
    /// The same broker by TLS, and the folder with its certificate authority, `ca.pem`, and another, `stranger.pem`.
    static let urlOfTLS = environment("APUS_TEST_RABBITMQ_TLS_URL")
    static let certificates = environment("APUS_TEST_RABBITMQ_TLS") ?? ""
    /// A command that stops and starts the broker.
    static let restartCommand = environment("APUS_TEST_RABBITMQ_CTL")

    /// rabbitmqctl for that broker.
    static let ctl = restartCommand.map { command in
        command.split(separator: " ").map { $0 == "restart-broker" ? "broker" : String($0) }.joined(separator: " ")
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// A broker and topics of the test's own, so that tests do not meet on a shared broker.
struct BrokerUnderTest: Sendable {
    let broker: any MessageBroker
    private let memory: InMemoryBroker?
    private let amqp: AMQPBroker?

    init(_ kind: BrokerKind, _ adjust: (inout MessagingOptions) -> Void = { _ in }) throws {
        switch kind {
        case .memory:
            let broker = InMemoryBroker()
            (self.broker, memory, amqp) = (broker, broker, nil)
        case .rabbitMQ, .rabbitMQOverTLS:
            let url = kind == .rabbitMQ ? RabbitMQUnderTest.url : RabbitMQUnderTest.urlOfTLS
            var options = try MessagingOptions(url: url ?? "amqp://localhost")
            if kind == .rabbitMQOverTLS { options.tlsCA = RabbitMQUnderTest.certificates + "/ca.pem" }
            options.heartbeat = .seconds(2)
            adjust(&options)
            let broker = AMQPBroker(options, name: "test", logger: quiet)
            (self.broker, memory, amqp) = (broker, nil, broker)
        }
    }

    func restart() async throws {
        memory?.restart()
        guard amqp != nil, let command = RabbitMQUnderTest.restartCommand else { return }
        try await runCommand(command)
    }

    func close() async { await amqp?.close() }
}

let quiet: Logger = {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
}()

/// Waits for a condition, and says so when it does not come.
func eventually(_ what: String, within limit: Duration = .seconds(20), _ condition: () async -> Bool) async throws {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if await condition() { return }
        try await Task.sleep(for: .milliseconds(20))
    }
    throw ServiceError(.timeout, "waited in vain: \(what)")
}

/// Runs a shell command on a thread of its own.
func runCommand(_ command: String) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        startThreadForTest {
            let status = system("\(command) >/dev/null 2>&1")
            if status == 0 {
                continuation.resume()
            } else {
                continuation.resume(throwing: ServiceError(.internal, "\(command) failed: \(status)"))
            }
        }
    }
}

func startThreadForTest(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    pthread_create(&thread, nil, runBox, box.toOpaque())
    pthread_detach(thread)
}

private final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func runBox(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
    return nil
}
