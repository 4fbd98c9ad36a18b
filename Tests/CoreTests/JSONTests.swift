import Core
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        #"{"a":1,"a":2}"#, #"{"a":1,}"#, "[1,2", "01", "1.", "nan", #""\x""#, #""\ud800""#, "\"a\nb\"", "", "{} {}", "'a'",
        "[1] x", "+1", "tru",
    ])
    func whatIsNoStrictJSONIsRefused(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test func depthAndSizeAreLimited() {
        let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
        #expect(throws: JSONError.self) { try JSONValue(parsing: deep) }
        #expect(throws: JSONError.self) {
            try JSONValue.parse(Array("[1,2,3]".utf8), limits: JSONLimits(size: 4))
        }
    }

    @Test func invalidUTF8IsRefused() {
        #expect(throws: JSONError.self) { try JSONValue.parse([0x22, 0xFF, 0x22]) }
        #expect(throws: JSONError.self) { try JSONValue.parse([0x22, 0xC0, 0x80, 0x22]) }
    }

    @Test(arguments: [
        #"{"a":[1,-2,3.5,true,false,null,"x"],"b":{}}"#, #""é😀\"\\/""#, "9223372036854775807", "[]",
    ])
    func whatIsWrittenReadsTheSame(text: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(try JSONValue(parsing: value.jsonText) == value)
    }

    @Test func surrogatePairsMakeOneCharacter() throws {
        #expect(try JSONValue(parsing: #""\ud83d\ude00""#) == "😀")
    }

    @Test func nilIsWrittenAsNullAndSlashesAsTheyAre() {
        var json = JSONWriter()
        json.object { json in
            json.field("name", String?.none)
            json.field("url", "http://a/b")
            json.field("tags", ["x"])
        }
        #expect(json.text == #"{"name":null,"url":"http://a/b","tags":["x"]}"#)
    }

    @Test func controlCharactersAreEscaped() throws {
        var json = JSONWriter()
        json.write("a\u{01}\n\"")
        #expect(json.text == #""a\u0001\n\"""#)
        #expect(try JSONValue(parsing: json.text) == "a\u{01}\n\"")
    }
}
