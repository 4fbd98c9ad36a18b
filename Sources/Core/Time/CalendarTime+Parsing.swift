import FoundationEssentials

extension CalendarTime {
    /// Reads `YYYY-MM-DD`, optionally followed by `T` or a space, a time, a fraction and an offset.
    public init?(parsing text: String) {
        var reader = DigitReader(text)
        guard let year = reader.digits(4), reader.skip("-"), let month = reader.digits(2), reader.skip("-"),
            let day = reader.digits(2), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var time = (hour: 0, minute: 0, second: 0, microsecond: 0)
        var offsetMinutes = 0
        if !reader.isAtEnd {
            guard reader.skip("T") || reader.skip(" "), let hour = reader.digits(2), reader.skip(":"),
                let minute = reader.digits(2), hour < 24, minute < 60
            else { return nil }
            time.hour = hour
            time.minute = minute
            if reader.skip(":") {
                guard let second = reader.digits(2), second < 60 else { return nil }
                time.second = second
                if reader.skip(".") {
                    guard let fraction = reader.fraction() else { return nil }
                    time.microsecond = fraction
                }
            }
            guard let offset = reader.offset(), reader.isAtEnd else { return nil }
            offsetMinutes = offset
        }
        self.init(.init(timeIntervalSince1970: 0))
        self.year = year
        self.month = month
        self.day = day
        (hour, minute, second, microsecond) = time
        let asWritten = Self(date)
        guard asWritten.day == day, asWritten.month == month else { return nil }  // 31 February and the like
        if offsetMinutes != 0 { self = Self(date.addingTimeInterval(Double(-offsetMinutes * 60))) }
    }
}

/// Reads fixed-width digits and separators from ASCII text.
private struct DigitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
        position += 1
        return true
    }

    mutating func digits(_ count: Int) -> Int? {
        guard position + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[position..<(position + count)] {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        position += count
        return value
    }

    /// Microseconds; digits beyond the sixth are dropped.
    mutating func fraction() -> Int? {
        var value = 0
        var count = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            if count < 6 { value = value * 10 + Int(bytes[position] - 0x30) }
            count += 1
            position += 1
        }
        guard (1...18).contains(count) else { return nil }
        for _ in 0..<max(0, 6 - count) { value *= 10 }
        return value
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int? {
        if isAtEnd || skip("Z") || skip("z") { return 0 }
        let isWest = skip("-")
        guard isWest || skip("+"), let hours = digits(2) else { return nil }
        _ = skip(":")
        guard let minutes = digits(2), hours < 24, minutes < 60 else { return nil }
        return (isWest ? -1 : 1) * (hours * 60 + minutes)
    }
}
