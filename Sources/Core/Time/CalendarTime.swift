public import FoundationEssentials

/// A point in UTC's Gregorian calendar.
///
/// The arithmetic is the usual one on days since 1970 in eras of 400 years, so that writing a time
/// costs no calendar object.
public struct CalendarTime: Sendable, Hashable {
    public var year: Int
    public var month: Int
    public var day: Int
    public var hour: Int
    public var minute: Int
    public var second: Int
    public var microsecond: Int

    public init(_ date: Date) {
        let microseconds = date.microsecondsSince1970
        let (days, ofDay) = Self.divide(microseconds, by: 86_400_000_000)
        let shifted = days + 719_468
        let (era, dayOfEra) = Self.divide(shifted, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        hour = Int(ofDay / 3_600_000_000)
        minute = Int(ofDay / 60_000_000 % 60)
        second = Int(ofDay / 1_000_000 % 60)
        microsecond = Int(ofDay % 1_000_000)
    }

    public var date: Date { Date(microsecondsSince1970: microsecondsSince1970) }

    var microsecondsSince1970: Int64 {
        let shiftedYear = Int64(month <= 2 ? year - 1 : year)
        let (era, yearOfEra) = Self.divide(shiftedYear, by: 400)
        let shiftedMonth = Int64(month > 2 ? month - 3 : month + 9)
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        return seconds * 1_000_000 + Int64(microsecond)
    }

    /// `YYYY-MM-DDTHH:MM:SS`, with six digits of fraction when asked.
    public func text(fraction: Bool, separator: Character = "T") -> String {
        // Every log line and most answers have a time: written digit by digit. The form has room for four of a year.
        let year = min(max(year, 0), 9999)
        let separator = separator.asciiValue ?? UInt8(ascii: " ")
        return String(unsafeUninitializedCapacity: 26) { buffer in
            var length = 0
            func write(_ byte: UInt8) {
                buffer[length] = byte
                length += 1
            }
            func write(_ value: Int, _ width: Int) {
                var rest = value
                for place in stride(from: length + width - 1, through: length, by: -1) {
                    buffer[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                length += width
            }
            write(year, 4)
            write(UInt8(ascii: "-"))
            write(month, 2)
            write(UInt8(ascii: "-"))
            write(day, 2)
            write(separator)
            write(hour, 2)
            write(UInt8(ascii: ":"))
            write(minute, 2)
            write(UInt8(ascii: ":"))
            write(second, 2)
            if fraction {
                write(UInt8(ascii: "."))
                write(microsecond, 6)
            }
            return length
        }
    }

    /// Division that rounds towards negative infinity.
    private static func divide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let quotient = value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
        return (quotient, value - quotient * divisor)
    }
}
