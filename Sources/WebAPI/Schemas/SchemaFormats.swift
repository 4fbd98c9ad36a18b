import Core
import FoundationEssentials

/// The `format` keyword: names are those of JSON Schema and of OpenStack's own checkers. An unknown
/// name accepts everything.
enum SchemaFormats {
    static func check(_ text: String, _ format: String) -> Bool {
        switch format {
        case "uuid": isUUIDLike(text)
        case "date-time", "iso8601": Date(iso8601: text) != nil
        case "uri": isURI(text)
        case "ipv4": AddressText.isIPv4(text)
        case "ipv6": AddressText.isIPv6(text)
        case "ip", "ip_or_none": AddressText.isIPv4(text) || AddressText.isIPv6(text)
        case "cidr": AddressText.isCIDR(text)
        case "mac", "mac-address": AddressText.isMAC(text)
        case "hostname", "host-name": isHostname(text)
        case "base64": isBase64(text)
        case "name": isName(text, strict: true)
        case "name_with_leading_trailing_spaces", "name_skip_leading_trailing_spaces",
            "name_non_mandatory_remove_white_spaces":
            isName(text, strict: false)
        default: true
        }
    }

    private static func isURI(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":") else { return false }
        let scheme = text[..<colon]
        guard let first = scheme.first, first.isASCII, first.isLetter else { return false }
        let rest = text[text.index(after: colon)...]
        return scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
            && !rest.isEmpty && !rest.contains(where: { $0 == " " || $0 == "\n" || $0 == "\t" })
    }

    private static func isHostname(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 255 else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.utf8.count <= 63 && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || byte == 0x2D
                }
        }
    }

    private static func isBase64(_ text: String) -> Bool {
        let stripped = text.filter { $0 != "\n" && $0 != "\r" }
        return stripped.isEmpty || Base64.decode(stripped) != nil
    }

    /// A name of printable characters; strict ones have no space around them and are not empty.
    private static func isName(_ text: String, strict: Bool) -> Bool {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, let last = scalars.last else { return false }
        if strict, first.properties.isWhitespace || last.properties.isWhitespace { return false }
        guard scalars.contains(where: { !$0.properties.isWhitespace }) else { return false }
        return scalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
    }
}
