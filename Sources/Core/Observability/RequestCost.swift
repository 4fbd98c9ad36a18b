import Synchronization

/// What a request has cost so far: statements in the database, calls to other daemons.
///
/// Travels as a task-local value, so that no layer hands it on; work that a request only starts, on a task
/// of its own, is not charged to it.
public final class RequestCost: Sendable {
    @TaskLocal public static var current: RequestCost?

    /// Statements sent to the database, those that begin and end transactions included.
    public var queries: Int { queryCount.load(ordering: .relaxed) }
    /// Requests to other services, and messages sent.
    public var calls: Int { callCount.load(ordering: .relaxed) }

    private let queryCount = Atomic(0)
    private let callCount = Atomic(0)
    private let observer: (@Sendable (Event) -> Void)?

    public enum Event: Sendable, Hashable {
        /// A statement's text, without its values.
        case query(String)
        /// `GET network`, `cast server.build`.
        case call(String)
    }

    /// - Parameter observer: is told each of them: for tests that ask which.
    public init(observer: (@Sendable (Event) -> Void)? = nil) { self.observer = observer }

    public func countQuery(_ text: String) {
        queryCount.wrappingAdd(1, ordering: .relaxed)
        observer?(.query(text))
    }

    public func countCall(_ name: @autoclosure () -> String) {
        callCount.wrappingAdd(1, ordering: .relaxed)
        observer?(.call(name()))
    }
}
