/// One version of an API, as in `OpenStack-API-Version: compute 2.53`.
///
/// Written as a string literal in operations and comparisons: `request.version >= "2.19"`.
public struct Microversion: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let major: Int
    public let minor: Int

    @inlinable public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `MAJOR.MINOR`: decimal, no sign, no leading zeros, as Nova and Cinder check it.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Self.number(parts[0]), let minor = Self.number(parts[1]), major > 0
        else { return nil }
        self.init(major, minor)
    }

    /// A literal that is no version reads as 0.0, which no policy allows: tests of operations find it.
    ///
    /// Views compare with literals for every member that they write, so this reads the digits where they are.
    @inlinable public init(stringLiteral value: StaticString) {
        var numbers = (0, 0)
        var dots = 0
        for index in 0..<value.utf8CodeUnitCount {
            let byte = value.utf8Start[index]
            if byte == 0x2E {
                dots += 1
            } else if byte < 0x30 || byte > 0x39 {
                dots = 2
            } else if dots == 0 {
                numbers.0 = numbers.0 &* 10 &+ Int(byte &- 0x30)
            } else {
                numbers.1 = numbers.1 &* 10 &+ Int(byte &- 0x30)
            }
        }
        self = dots == 1 ? Microversion(numbers.0, numbers.1) : Microversion(0, 0)
    }

    @inlinable public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    public var description: String { "\(major).\(minor)" }

    private static func number(_ digits: some StringProtocol) -> Int? {
        guard !digits.isEmpty, digits.utf8.count <= 6, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            digits == "0" || digits.utf8.first != 0x30
        else { return nil }
        return Int(digits)
    }
}
