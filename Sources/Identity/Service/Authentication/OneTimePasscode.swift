import Core
import Crypto
package import FoundationEssentials

/// Time-based one-time passcodes (RFC 6238): six digits, SHA-1, 30 seconds, as Keystone's.
package enum OneTimePasscode {
    package static let period = 30

    /// The window of 30 seconds that a time lies in.
    package static func window(_ date: Date) -> Int64 { Int64(date.timeIntervalSince1970) / Int64(period) }

    /// The passcode of a window.
    package static func passcode(_ seed: [UInt8], window: Int64) -> String {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: window >> Int64(56 - 8 * $0)) }
        let mac = Array(
            HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: seed)))
        let offset = Int(mac[19] & 15)
        let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    /// The window, of the present one and `previous` before it, whose passcode was given.
    package static func match(_ given: String, _ seed: [UInt8], at now: Date, previous: Int) -> Int64? {
        let current = window(now)
        var found: Int64?
        // All of them are compared, so that the time taken does not tell which one matched.
        for window in (current - Int64(previous))...current
        where constantTimeEquals(passcode(seed, window: window), given) { found = window }
        return found
    }

    /// RFC 4648's base32, padded or not; nil for anything else.
    package static func decodeBase32(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer: UInt64 = 0
        var bits = 0
        for character in text.utf8 where character != UInt8(ascii: "=") {
            let value: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a")
            case UInt8(ascii: "2")...UInt8(ascii: "7"): value = character - UInt8(ascii: "2") + 26
            default: return nil
            }
            buffer = (buffer << 5 | UInt64(value)) & 0xFFFF
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt64(bits)))
            }
        }
        return bytes.isEmpty ? nil : bytes
    }
}
