import Core
import Testing

@Suite struct JSONWriterTests {
    @Test func whatMustBeEscapedIs() {
        let text = "a\"b\\c/d\n\r\t\u{1}\u{7F}\u{1F}é"
        #expect(JSONValue.string(text).jsonText == #""a\"b\\c/d\n\r\t\u0001\u007f\u001fé""#)
        #expect(JSONValue.string("").jsonText == #""""#)
        #expect(JSONValue.string("\n").jsonText == #""\n""#)
    }

    @Test func everyTextIsReadAsItWasWritten() throws {
        // Runs of plain text between escapes, at both ends and in the middle, in several alphabets.
        let latin = (0..<0x100).compactMap { Unicode.Scalar($0).map { String(Character($0)) } }
        let pieces = latin + ["漢", "\u{1F600}", "plain"]
        for first in pieces {
            for second in ["", "x", "\"", "\u{2}", "ü"] {
                let text = "\(first)\(second)middle\(first)"
                #expect(try JSONValue(parsing: JSONValue.string(text).jsonText) == .string(text))
            }
        }
    }
}
