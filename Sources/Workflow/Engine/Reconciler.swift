import Core
public import Logging

/// Compares what is with what should be, by timer or signal, and mends a bounded batch each time.
///
/// It takes no input and keeps no state: what one run leaves, or fails at, the next one finds again.
public final class Reconciler: Sendable {
    public let name: String
    private let interval: Duration
    private let body: @Sendable () async throws -> Void
    private let logger: Logger
    private let wakeUp = Signal()

    public init(
        _ name: String, every interval: Duration, logger: Logger = Logger(label: "reconciler"),
        body: @escaping @Sendable () async throws -> Void
    ) {
        self.name = name
        self.interval = interval
        self.logger = logger
        self.body = body
    }

    /// Runs it soon. Signals during a run make one more run.
    public func signal() { wakeUp.raise() }

    /// Runs until cancelled: at once, then at every signal or interval.
    public func run() async throws {
        while !Task.isCancelled {
            do {
                try await body()
            } catch is CancellationError {
                return
            } catch {
                logger.warning(
                    "reconciler failed", metadata: ["name": "\(name)", "error": "\(String(reflecting: error))"])
            }
            await wakeUp.wait(atMost: interval)
        }
    }
}
