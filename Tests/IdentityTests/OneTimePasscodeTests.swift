import FoundationEssentials
import Testing

@testable import Identity

struct OneTimePasscodeTests {
    private let seed = Array("12345678901234567890".utf8)

    /// RFC 6238, appendix B, SHA-1: the last six of the eight digits.
    @Test(arguments: [
        (59.0, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (1_234_567_890, "005924"),
        (2_000_000_000, "279037"), (20_000_000_000, "353130"),
    ])
    func passcodesAreThoseOfTheRFC(seconds: Double, expected: String) {
        let window = OneTimePasscode.window(Date(timeIntervalSince1970: seconds))
        #expect(OneTimePasscode.passcode(seed, window: window) == expected)
    }

    @Test func onlyRecentWindowsMatch() {
        let now = Date(timeIntervalSince1970: 1_234_567_890)
        let window = OneTimePasscode.window(now)
        for offset in -3...2 {
            let given = OneTimePasscode.passcode(seed, window: window + Int64(offset))
            let expected = offset == 0 || offset == -1 ? window + Int64(offset) : nil
            #expect(OneTimePasscode.match(given, seed, at: now, previous: 1) == expected)
        }
        #expect(OneTimePasscode.match("", seed, at: now, previous: 1) == nil)
    }

    @Test func base32IsReadWithAndWithoutPadding() {
        #expect(OneTimePasscode.decodeBase32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") == seed)
        #expect(OneTimePasscode.decodeBase32("MZXW6===") == Array("foo".utf8))
        #expect(OneTimePasscode.decodeBase32("mzxw6") == Array("foo".utf8))
        #expect(OneTimePasscode.decodeBase32("MZXW1") == nil)
        #expect(OneTimePasscode.decodeBase32("") == nil)
    }
}
