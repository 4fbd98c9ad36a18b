import Core

/// Values that programs stumble over.
enum NastyValues {
    /// Stands for text that is no JSON value; replaced when the body is written.
    static func raw(_ text: String) -> JSONValue { .string("\u{1}raw:\(text)\u{1}") }

    static func any(_ generator: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<9, using: &generator) {
        case 0: .null
        case 1: .bool(generator.chance(50))
        case 2, 3: number(&generator)
        case 4, 5, 6: .string(text(&generator))
        default: generator.pick(containers) ?? .null
        }
    }

    private static let containers: [JSONValue] = [
        .array([]), .array([.array([])]), .array([.null]), .array([.object([:])]),
        .array([.string("a"), .string("a")]), .array([.integer(1), .string("1"), .null, .object([:])]), .array(many),
        .object([:]), .object(["a": .object([:])]), .object(["": .string("")]), .object(["id": .null]),
    ]

    private static let many = [JSONValue](repeating: 1, count: 3000)

    private static let integers: [Int64] = [
        0, -1, 1, 2_147_483_647, 2_147_483_648, -2_147_483_649, 4_294_967_296, 9_007_199_254_740_993, .max, .min,
    ]
    private static let doubles: [Double] = [0.5, -0.0, 1e308, 1e-300, 1e19, 9.3e18]
    private static let numerals: [String] = [
        "9223372036854775808", "-9223372036854775809", "1e400", "-1e400", "NaN", "Infinity", "01", "1.", "0x10", "+1",
        "1e9223372036854775807", "1" + String(repeating: "0", count: 400),
    ]

    static func number(_ generator: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<5, using: &generator) {
        case 0, 1: .integer(generator.pick(integers) ?? 0)
        case 2: .number(generator.pick(doubles) ?? 0)
        default: raw(generator.pick(numerals) ?? "NaN")
        }
    }

    static func text(_ generator: inout SeededGenerator) -> String { generator.pick(texts) ?? "" }

    private static let texts: [String] = [
        "", " ", "\t\n", "\u{0}", "a\u{0}b", "\u{1F}\u{7F}", "\u{FEFF}x", "\u{202E}abc", "e\u{301}\u{301}\u{301}",
        "👩‍👩‍👧‍👦", "\u{10FFFF}", "\u{FFFD}", "ſ", "ı", "％", "'; DROP TABLE servers; --", "\" OR \"\"=\"", "%s%n%d",
        "%00", "{{7*7}}", "${jndi:ldap://192.0.2.1}", "$(id)", "`id`", "../../../../etc/passwd", "/etc/passwd",
        "file:///etc/passwd", "http://169.254.169.254/", "a\r\nX-Injected: 1", "<script>alert(1)</script>",
        "null", "None", "true", "-1", "0", "1e400", "9223372036854775807", "9223372036854775808", "NaN", "١٢٣",
        "2031-13-45T99:99:99Z", "9999999-01-01T00:00:00Z", "00000000-0000-0000-0000-000000000000",
        "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz", "0.0.0.0/0", "::/0", "256.1.1.1", "10.0.0.0/33", "fe80::1%eth0",
        "ff:ff:ff:ff:ff:ff", "default", "admin", "latest", "*", "%", "_", "\\", "a,b", "a:b", "a=b",
        String(repeating: "a", count: 255), String(repeating: "a", count: 256), String(repeating: "é", count: 256),
        String(repeating: "👍", count: 191), String(repeating: "a", count: 65_536), "http://[", "http://a:99999999/",
        "%(tenant_id)s", "$(project_id)s", "%(nothing)d", "%(public_bind_host)s:%()s",
    ]

    /// Text for a place in a path.
    static func pathPart(_ generator: inout SeededGenerator) -> String { generator.pick(pathParts) ?? "" }

    private static let pathParts: [String] = [
        "%00", "a%00b", "%2e%2e", "..", ".", "%2F", "..%2F..%2Fetc%2Fpasswd", "%ff%fe", "%C0%AF", "%", "%zz",
        "%0d%0aX-Injected:%201", "%E2%80%AE", "%F0%9F%91%8D", "*", "'", "%22", ";", "a;b=c", "~", "null", "None",
        "-1", "0", "9223372036854775808", "detail", "default", "00000000-0000-0000-0000-000000000000",
        "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz", String(repeating: "a", count: 300),
        String(repeating: "9", count: 40), String(repeating: "%41", count: 1000), "{id}", "@", "a+b", "a%20b", "%09",
        "https:", "é", "_", "%25", "%5F",
    ]
}
