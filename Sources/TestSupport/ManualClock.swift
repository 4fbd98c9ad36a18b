public import Core
public import FoundationEssentials

/// A clock that stands still until a test moves it, or goes on by one tick whenever it is read.
public final class ManualClock: Sendable {
    private let time: Locked<Date>
    private let tick: TimeInterval

    /// Starts at the real time, so that what the database stamps itself is not in its future.
    ///
    /// - Parameter tick: how far each reading moves it. Rows that are made one after the other then have times in
    ///   that order, as in a real cloud; without it a list sorted by time has the order of random ids.
    public init(_ start: Date = Date(), tick: Duration = .zero) {
        time = Locked(start)
        self.tick = Self.seconds(tick)
    }

    public var clock: WallClock {
        WallClock {
            self.time.withLock { time in
                defer { time.addTimeInterval(self.tick) }
                return time
            }
        }
    }

    public func advance(by duration: Duration) {
        time.withLock { $0.addTimeInterval(Self.seconds(duration)) }
    }

    private static func seconds(_ duration: Duration) -> TimeInterval {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}
