import Core
import WebAPI

extension CaseDraft {
    private static let otherTypes: [String] = [
        "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data", "*/*", "x",
    ]
    private static let odd: [String] = ["null", "1", "\"x\"", "[]", "true", "[[]]", "1e400", "-", "nul"]

    /// A body that is no JSON, or not as it says.
    mutating func spoilBytes() {
        if operation.rawBody { return spoilRawBody() }
        let good = body.map { BodyText.write($0) } ?? Array("{}".utf8)
        let text = String(decoding: good, as: UTF8.self)
        var refused = true
        let kind = Int.random(in: 0..<18, using: &generator)
        let names = [
            "invalid UTF-8", "BOM", "cut", "duplicate member", "deep array", "deep object", "huge", "comment",
            "trailing text",
            "UTF-16", "gzip", "content type", "charset", "empty", "lone surrogate", "chunked", "not an object",
            "huge chunked",
        ]
        switch kind {
        case 0: bytes = Array(good.dropLast()) + [0xFF, 0xC0, 0xAF] + good.suffix(1)
        case 1: bytes = [0xEF, 0xBB, 0xBF] + good
        case 2: bytes = Array(good.prefix(max(1, Int.random(in: 0..<max(2, good.count), using: &generator))))
        case 3: bytes = duplicated(text)
        case 4: bytes = Self.repeated("[", "", "]", 20_000)
        case 5: bytes = Self.repeated("{\"a\":", "1", "}", 10_000)
        case 6: bytes = Self.repeated("{\"a\":\"", String(repeating: "x", count: 2_000_000), "\"}", 1)
        case 7: bytes = Array("/* x */ \(text)".utf8)
        case 8: bytes = good + Array("{}".utf8)
        case 9: bytes = text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        case 10:
            bytes = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + good
            request.headers.append(("Content-Encoding", "gzip"))
        case 11:
            request.set(
                "Content-Type",
                generator.pick(Self.otherTypes) ?? "x")
            refused = body != nil && !operation.bodies.isEmpty
        case 12:
            request.set("Content-Type", "application/json; charset=utf-16")
            refused = false
        case 13:
            bytes = []
            refused = false
        case 14: bytes = Array("{\"a\":\"\\ud800\"}".utf8)
        case 15:
            request.framing = .chunked
            refused = false
        case 16:
            bytes = Array((generator.pick(Self.odd) ?? "").utf8)
            refused = false
        default:
            bytes = Self.repeated("{\"a\":\"", String(repeating: "x", count: 300_000), "\"}", 1)
            request.framing = .chunked
        }
        // Operations that take no body need not look at one.
        if refused, body != nil { expectation = .refused }
        if case .unauthorized = expectation {} else if body == nil { expectation = .answered }
        mutations.append("bytes: \(names[kind])")
    }

    private static func repeated(_ open: String, _ middle: String, _ close: String, _ count: Int) -> [UInt8] {
        let text = String(repeating: open, count: count) + middle + String(repeating: close, count: count)
        return Array(text.utf8)
    }

    /// The first member twice.
    private func duplicated(_ text: String) -> [UInt8] {
        guard text.hasPrefix("{"), text.hasSuffix("}"), text.count > 2 else { return Array("{\"a\":1,\"a\":2}".utf8) }
        return Array((text.dropLast() + "," + text.dropFirst()).utf8)
    }

    private mutating func spoilRawBody() {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes = []
        case 1: request.set("Content-Type", "application/json")
        case 2: request.framing = .chunked
        default: request.set("Content-Type", nil)
        }
        mutations.append("raw body")
    }
}
