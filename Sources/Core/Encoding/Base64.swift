/// Base64 with the URL-safe alphabet (RFC 4648 §5), as Fernet tokens use it.
public enum Base64URL {
    public static func encode(_ bytes: some Collection<UInt8>, padded: Bool = true) -> String {
        Base64Alphabet.url.encode(Array(bytes), padded: padded)
    }

    /// Accepts text with or without padding; nil for anything that is not canonical Base64.
    public static func decode(_ text: String) -> [UInt8]? { Base64Alphabet.url.decode(text) }
}

/// Base64 with the standard alphabet (RFC 4648 §4).
public enum Base64 {
    public static func encode(_ bytes: some Collection<UInt8>, padded: Bool = true) -> String {
        Base64Alphabet.standard.encode(Array(bytes), padded: padded)
    }

    public static func decode(_ text: String) -> [UInt8]? { Base64Alphabet.standard.decode(text) }
}

private struct Base64Alphabet: Sendable {
    let characters: [UInt8]
    let values: [UInt8]

    static let standard = Base64Alphabet("+/")
    static let url = Base64Alphabet("-_")

    init(_ last: String) {
        characters = Array(("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + last).utf8)
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in characters.enumerated() { values[Int(character)] = UInt8(value) }
        self.values = values
    }

    func encode(_ bytes: [UInt8], padded: Bool) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group = UInt32(bytes[index]) << 16
            if count > 1 { group |= UInt32(bytes[index + 1]) << 8 }
            if count > 2 { group |= UInt32(bytes[index + 2]) }
            for position in 0..<4 {
                if position <= count {
                    text.append(characters[Int(group >> UInt32(18 - 6 * position) & 63)])
                } else if padded {
                    text.append(UInt8(ascii: "="))
                }
            }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    func decode(_ text: String) -> [UInt8]? {
        var digits = Array(text.utf8)
        if digits.count.isMultiple(of: 4) {
            var padding = 0
            while padding < 2, digits.last == UInt8(ascii: "=") {
                digits.removeLast()
                padding += 1
            }
        }
        guard digits.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count * 3 / 4)
        var group: UInt32 = 0
        var bits = 0
        for digit in digits {
            let value = values[Int(digit)]
            guard value != 255 else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        guard group & ((1 << UInt32(bits)) - 1) == 0 else { return nil }
        return bytes
    }
}
