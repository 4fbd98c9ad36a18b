import Core
import Testing

@Suite struct JSONParserTests {
    @Test func documentsAreReadAsTheyWereWritten() throws {
        let value = try JSONValue(parsing: #" {"a": [1, -2.5e3, true, null, "x\n\u00e9\ud83d\ude00/"], "b": {}} "#)
        #expect(value["a"]?[0] == 1)
        #expect(value["a"]?[1] == .number(-2500))
        #expect(value["a"]?[2] == true)
        #expect(value["a"]?[3] == .null)
        #expect(value["a"]?[4]?.string == "x\n\u{e9}\u{1F600}/")
        #expect(value["b"] == [:])
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "[1 2]", "{\"a\":1,}", "{a:1}", "{\"a\":1,\"a\":2}", "01", "1.", ".5", "+1", "1e", "NaN",
        "1e999", "\"\u{01}\"", #""\x""#, #""\ud800""#, #""\ud800\u0041""#, #""\udc00""#, "\"a", "tru", "nullx", "1 2",
        "[1]]", "'a'", "// c\n1",
    ])
    func whatAnotherParserMightReadOtherwiseIsRefused(_ text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test func invalidUTF8IsRefused() {
        #expect(throws: JSONError.self) { try JSONValue.parse([0x22, 0xC3, 0x28, 0x22]) }
        #expect(throws: JSONError.self) { try JSONValue.parse([0x22, 0xED, 0xA0, 0x80, 0x22]) }
    }

    @Test func depthAndSizeAreLimited() throws {
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        _ = try JSONValue(parsing: deep)
        #expect(throws: JSONError.self) { try JSONValue(parsing: "[\(deep)]".replacing("[]", with: "[[]]")) }
        #expect(throws: JSONError.self) {
            try JSONValue.parse(Array("[1,2,3]".utf8), limits: JSONLimits(size: 6))
        }
    }

    @Test func largeIntegersBecomeNumbers() throws {
        #expect(try JSONValue(parsing: "9223372036854775807") == .integer(.max))
        #expect(try JSONValue(parsing: "9223372036854775808") == .number(9_223_372_036_854_775_808))
    }

    @Test func errorsSayWhere() {
        #expect(throws: JSONError("expected ':'", at: 5)) { try JSONValue(parsing: #"{"a" 1}"#) }
    }

    @Test func writingAndReadingAreInverse() throws {
        let value: JSONValue = ["a": [1, 2.5, "q\"\\\u{7f}\u{1}/é", .null, true], "b": ["c": [:]]]
        #expect(try JSONValue(parsing: value.jsonText) == value)
    }

    @Test func valuesAreEncodedAndDecoded() throws {
        struct Pair: Codable, Equatable {
            var name: String
            var count: Int?
        }
        let tree = try JSONValue(encoding: Pair(name: "n", count: 3))
        #expect(tree == ["name": "n", "count": 3])
        #expect(try tree.decode(Pair.self) == Pair(name: "n", count: 3))
        #expect(try JSONValue(parsing: #"{"name": "n", "count": null}"#).decode(Pair.self).count == nil)
    }
}
