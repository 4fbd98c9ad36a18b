/// An Ethernet address, printed as `fa:16:3e:00:00:01`.
package struct MACAddress: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// Reads six hexadecimal pairs between colons or dashes.
    package init?(_ text: String) {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        var bytes: [UInt8] = []
        for part in parts {
            guard part.utf8.count == 2, part.first != "+", part.first != "-", let byte = UInt8(part, radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        guard bytes.count == 6 else { return nil }
        self.bytes = bytes
    }

    /// A random address below OpenStack's prefix `fa:16:3e`, from the digits of a fresh UUID.
    package init?(uuid: String) {
        let digits = uuid.filter { $0 != "-" }.prefix(6)
        let pairs = stride(from: 0, to: 6, by: 2).map { start -> Substring in
            let from = digits.index(digits.startIndex, offsetBy: start)
            return digits[from..<digits.index(from, offsetBy: 2)]
        }
        self.init("fa:16:3e:" + pairs.joined(separator: ":"))
    }

    package var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
