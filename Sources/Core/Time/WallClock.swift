public import FoundationEssentials

/// Tells the time of day. Services are built with one, so that tests can move it.
public struct WallClock: Sendable {
    private let read: @Sendable () -> Date

    public init(_ now: @escaping @Sendable () -> Date) { read = now }

    public static let system = WallClock { Date() }

    /// The time now, in whole microseconds: what the database keeps, so that values compare equal.
    public func now() -> Date {
        Date(timeIntervalSince1970: (read().timeIntervalSince1970 * 1_000_000).rounded(.down) / 1_000_000)
    }
}
