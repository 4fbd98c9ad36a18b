/// What parts of this process say of themselves when an operator asks: connections, queues, work in hand.
///
/// A part adds itself once, by name; what it tells is computed only when it is asked for.
public final class ProcessFacts: Sendable {
    public static let shared = ProcessFacts()

    private let parts = Locked<[String: @Sendable () -> JSONValue?]>([:])

    public init() {}

    /// - Parameter tell: nil once the part is gone; it should hold it weakly.
    public func add(_ name: String, _ tell: @escaping @Sendable () -> JSONValue?) {
        parts.withLock { $0[name] = tell }
    }

    public var all: [String: JSONValue] {
        let parts = parts.withLock { $0 }
        return parts.compactMapValues { $0() }
    }
}
