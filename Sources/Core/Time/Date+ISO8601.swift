public import FoundationEssentials

/// The three forms in which OpenStack's services write times, all in UTC.
extension Date {
    /// `2026-11-21T07:00:00Z`: compute, image, network.
    public var iso8601: String { CalendarTime(self).text(fraction: false) + "Z" }

    /// `2026-11-21T07:00:00.000000`: block storage, and compute where it shows microseconds.
    public var iso8601Micro: String { CalendarTime(self).text(fraction: true) }

    /// `2026-11-21T07:00:00.000000Z`: identity.
    public var iso8601MicroZ: String { CalendarTime(self).text(fraction: true) + "Z" }

    /// Reads a time with or without fraction, and with `Z`, an offset, or nothing (UTC) after it.
    public init?(iso8601 text: String) {
        guard let time = CalendarTime(parsing: text) else { return nil }
        self = time.date
    }

    /// Microseconds since 1970.
    public var microsecondsSince1970: Int64 { Int64((timeIntervalSince1970 * 1_000_000).rounded()) }

    public init(microsecondsSince1970 microseconds: Int64) {
        self.init(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    }
}

extension Duration {
    /// Seconds with their fraction.
    public var seconds: Double {
        let (whole, attoseconds) = components
        return Double(whole) + Double(attoseconds) / 1e18
    }

    public var milliseconds: Int64 {
        let (whole, attoseconds) = components
        return whole * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
