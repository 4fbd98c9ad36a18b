/// Text that stands in our JSON as it is: no quote, no backslash, no control character.
public enum PlainText {
    /// The place of the first byte at or after `start` that is none, or the end. Eight bytes at a time.
    public static func end(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let raw = UnsafeRawBufferPointer(bytes)
        var place = start
        while place + 8 <= bytes.count {
            let word = raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            let quotes = hasZero(word ^ 0x2222_2222_2222_2222) | hasZero(word ^ 0x5C5C_5C5C_5C5C_5C5C)
            if quotes | hasZero(word ^ 0x7F7F_7F7F_7F7F_7F7F) | hasControl(word) != 0 { break }
            place += 8
        }
        while place < bytes.count, isPlain(bytes[place]) { place += 1 }
        return place
    }

    /// Eight bytes at a time.
    public static func isASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let raw = UnsafeRawBufferPointer(bytes)
        var place = 0
        var seen: UInt64 = 0
        while place + 8 <= bytes.count {
            seen |= raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            place += 8
        }
        while place < bytes.count {
            seen |= UInt64(bytes[place])
            place += 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }

    private static func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x22 && byte != 0x5C && byte != 0x7F }

    /// Not 0 when one of the eight bytes is 0. It may take a byte beside such a one for another.
    private static func hasZero(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    }

    /// Not 0 when one of the eight bytes is below 0x20.
    private static func hasControl(_ word: UInt64) -> UInt64 {
        (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
    }
}
