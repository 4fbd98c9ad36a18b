/// Numbers such as `817000000.25`: those that a `Double` division gives exactly, without the general reader.
enum DecimalFraction {
    private static let powers = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

    /// - Returns: the number's value; nil where the general reader has to look: with a sign, an exponent, more than 9
    ///   places, or more digits than 2⁵³ has. Both parts of the division are exact, hence so is its rounding.
    static func value(_ digits: ArraySlice<UInt8>) -> Double? {
        var whole: UInt64 = 0
        var point: Int?
        guard digits.count <= 17 else { return nil }
        for index in digits.indices {
            switch digits[index] {
            case let digit where digit >= 0x30 && digit <= 0x39: whole = whole * 10 + UInt64(digit - 0x30)
            case UInt8(ascii: ".") where point == nil && index > digits.startIndex: point = index
            default: return nil
            }
        }
        let places = point.map { digits.endIndex - $0 - 1 } ?? 0
        guard point == nil || places > 0, places < powers.count, whole < 1 << 53, !digits.isEmpty else { return nil }
        return Double(whole) / powers[places]
    }
}
