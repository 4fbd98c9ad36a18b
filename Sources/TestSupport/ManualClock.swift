public import Core
public import FoundationEssentials
import Synchronization

/// A clock that stands still until a test moves it.
public final class ManualClock: Sendable {
    private let time: Mutex<Date>

    /// Starts at the real time, so that what the database stamps itself is not in its future.
    public init(_ start: Date = Date()) { time = Mutex(start) }

    public var clock: WallClock { WallClock { self.time.withLock { $0 } } }

    public func advance(by duration: Duration) {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        time.withLock { $0 = $0.addingTimeInterval(seconds) }
    }
}
