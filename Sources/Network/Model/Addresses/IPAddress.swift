/// An IPv4 or IPv6 address. Prints in its canonical form (RFC 5952 for IPv6).
package struct IPAddress: Hashable, Sendable, Comparable, CustomStringConvertible {
    package enum Version: Int, Sendable {
        case v4 = 4
        case v6 = 6
        package var bits: Int { self == .v4 ? 32 : 128 }
    }

    package let version: Version
    package let value: UInt128

    package init(_ version: Version, _ value: UInt128) {
        self.version = version
        self.value = value
    }

    package init?(_ text: String) {
        if let value = Self.parse4(text[...]) {
            self.init(.v4, UInt128(value))
        } else if let value = Self.parse6(text) {
            self.init(.v6, value)
        } else {
            return nil
        }
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.version.rawValue, left.value) < (right.version.rawValue, right.value)
    }

    package func advanced(by count: Int) -> IPAddress {
        IPAddress(version, count < 0 ? value &- UInt128(-count) : value &+ UInt128(count))
    }

    package var isMulticast: Bool { version == .v4 ? value >> 28 == 0xE : value >> 120 == 0xFF }
    package var isLoopback: Bool { version == .v4 ? value >> 24 == 127 : value == 1 }
    package var isLinkLocal: Bool { version == .v4 ? value >> 16 == 0xA9FE : value >> 118 == 0x3FA }

    package var description: String {
        guard version == .v6 else {
            return stride(from: 24, through: 0, by: -8).map { String((value >> UInt128($0)) & 255) }.joined(
                separator: ".")
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: value >> UInt128(112 - 16 * $0)) }
        var best = 0..<0
        var index = 0
        while index < 8 {
            var end = index
            while end < 8, groups[end] == 0 { end += 1 }
            if end - index > max(best.count, 1) { best = index..<end }
            index = max(end, index + 1)
        }
        let hex: (Range<Int>) -> String = { range in
            groups[range].map { String($0, radix: 16) }.joined(separator: ":")
        }
        return best.isEmpty ? hex(0..<8) : hex(0..<best.lowerBound) + "::" + hex(best.upperBound..<8)
    }

    private static func parse4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            // A leading zero reads as octal to some programs: refused, so that nobody disagrees.
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let byte = UInt8(part),
                part.count == 1 || part.first != "0"
            else { return nil }
            value = value << 8 | UInt32(byte)
        }
        return value
    }

    private static func parse6(_ text: String) -> UInt128? {
        guard text.utf8.count <= 45, text.contains(":") else { return nil }
        var text = text
        var tail: [UInt16] = []
        if text.contains("."), let colon = text.lastIndex(of: ":") {
            guard let last = parse4(text[text.index(after: colon)...]) else { return nil }
            tail = [UInt16(last >> 16), UInt16(last & 0xFFFF)]
            text = String(text[...colon])
            if !text.hasSuffix("::") { text.removeLast() }
        }
        var halves: [[UInt16]] = [[]]
        var rest = Substring(text)
        if let gap = firstGap(text) {
            guard let head = groups(text[..<gap]) else { return nil }
            halves = [head, []]
            rest = text[text.index(gap, offsetBy: 2)...]
        }
        guard firstGap(String(rest)) == nil, let last = groups(rest) else { return nil }
        halves[halves.count - 1] = last + tail
        let count = halves.reduce(0) { $0 + $1.count }
        guard halves.count == 2 ? count <= 7 : count == 8 else { return nil }
        let all = halves.count == 2 ? halves[0] + Array(repeating: 0, count: 8 - count) + halves[1] : halves[0]
        return all.reduce(0) { $0 << 16 | UInt128($1) }
    }

    private static func firstGap(_ text: String) -> String.Index? {
        var previous: String.Index?
        for index in text.indices where text[index] == ":" {
            if let previous, text.index(after: previous) == index { return previous }
            previous = index
        }
        return nil
    }

    private static func groups(_ text: Substring) -> [UInt16]? {
        if text.isEmpty { return [] }
        var result: [UInt16] = []
        for part in text.split(separator: ":", omittingEmptySubsequences: false) {
            guard (1...4).contains(part.utf8.count), part.first != "+", part.first != "-",
                let group = UInt16(part, radix: 16)
            else { return nil }
            result.append(group)
        }
        return result
    }
}
