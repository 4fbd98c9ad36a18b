import Core
import Testing

@Suite struct EncodingTests {
    @Test func base64RoundTripsAtEveryLength() {
        for length in 0..<70 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 200) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64URL.decode(Base64URL.encode(bytes, padded: false)) == bytes)
        }
        #expect(Base64.encode(Array("any carnal pleas".utf8)) == "YW55IGNhcm5hbCBwbGVhcw==")
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8=")
    }

    @Test(arguments: ["A", "AB=", "AB=C", "A===", "A B=", "AB==="])
    func whatIsNotCanonicalIsNil(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func hexRoundTrips() {
        #expect(Hex.encode([0, 15, 255]) == "000fff")
        #expect(Hex.decode("000FfF") == [0, 15, 255])
        #expect(Hex.decode("abc") == nil)
        #expect(Hex.decode("zz") == nil)
    }

    @Test func secretsAreComparedWhole() {
        #expect(constantTimeEquals("abc", "abc"))
        #expect(!constantTimeEquals("abc", "abd"))
        #expect(!constantTimeEquals("abc", "abcd"))
        #expect(constantTimeEquals("", ""))
    }
}
