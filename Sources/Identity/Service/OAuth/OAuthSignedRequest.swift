import Core
import Crypto
import FoundationEssentials

/// A request signed as RFC 5849 (OAuth 1.0a) has it, by its `Authorization` header.
package struct OAuthSignedRequest: Sendable {
    package let method: String
    /// Scheme, host and path as the client used them, without query.
    package let url: String
    package let query: [(name: String, value: String)]
    /// The header's parameters, decoded, `realm` left out.
    package let parameters: [(name: String, value: String)]

    /// Nil unless `header` is one of OAuth's.
    package init?(method: String, url: String, query: [(name: String, value: String)], header: String?) {
        guard let header, header.lowercased().hasPrefix("oauth ") else { return nil }
        self.method = method
        self.url = url
        self.query = query
        parameters = header.dropFirst(6).split(separator: ",").compactMap { part in
            guard let equals = part.firstIndex(of: "=") else { return nil }
            let name = Self.decode(Self.trimmed(part[..<equals]))
            var value = Self.trimmed(part[part.index(after: equals)...])
            if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") { value = value.dropFirst().dropLast() }
            return name.lowercased() == "realm" ? nil : (name, Self.decode(value))
        }
    }

    package func parameter(_ name: String) -> String? {
        let found = parameters.filter { $0.name == name }
        return found.count == 1 ? found[0].value : nil
    }

    package var consumer: ConsumerID? { parameter("oauth_consumer_key").map { ConsumerID($0) } }
    package var token: String? { parameter("oauth_token") }
    package var timestamp: Int64? { parameter("oauth_timestamp").flatMap { Int64($0) } }
    package var nonce: String? { parameter("oauth_nonce") }

    // MARK: Signature

    /// Whether the signature is that of these secrets. PLAINTEXT and RSA are not taken.
    package func isSigned(consumerSecret: String, tokenSecret: String) -> Bool {
        guard let given = parameter("oauth_signature").flatMap({ Base64.decode($0) }),
            parameter("oauth_version") ?? "1.0" == "1.0"
        else { return false }
        let key = SymmetricKey(data: Array("\(Self.encode(consumerSecret))&\(Self.encode(tokenSecret))".utf8))
        let text = Array(baseString.utf8)
        switch parameter("oauth_signature_method") {
        case "HMAC-SHA1":
            return constantTimeEquals(
                Array(HMAC<Insecure.SHA1>.authenticationCode(for: text, using: key)), given)
        case "HMAC-SHA256":
            return constantTimeEquals(Array(HMAC<SHA256>.authenticationCode(for: text, using: key)), given)
        default: return false
        }
    }

    /// RFC 5849 §3.4.1: method, URL and all parameters in one order.
    package var baseString: String {
        var pairs: [(name: String, value: String)] = []
        for item in query + parameters where item.name != "oauth_signature" {
            pairs.append((Self.encode(item.name), Self.encode(item.value)))
        }
        pairs.sort { $0.name == $1.name ? $0.value < $1.value : $0.name < $1.name }
        let text = pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        return [method.uppercased(), normalizedURL, text].map(Self.encode)
            .joined(separator: "&")
    }

    /// Scheme and host in lower case, without a port that the scheme has by itself.
    private var normalizedURL: String {
        guard let schemeEnd = url.firstRange(of: "://") else { return url }
        let scheme = url[..<schemeEnd.lowerBound].lowercased()
        let rest = url[schemeEnd.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var host = rest[..<slash].lowercased()
        let usual = scheme == "https" ? ":443" : ":80"
        if host.hasSuffix(usual) { host.removeLast(usual.count) }
        return "\(scheme)://\(host)\(slash == rest.endIndex ? "/" : String(rest[slash...]))"
    }

    // MARK: Text

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// RFC 3986: everything but letters, digits and `-._~` is escaped.
    static func encode(_ text: String) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.append(byte)
            default: out += Array("%\(Hex.encode([byte]).uppercased())".utf8)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func decode(_ text: Substring) -> String {
        var out: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%"), bytes.count >= 2,
                let decoded = Hex.decode(String(decoding: bytes.prefix(2), as: UTF8.self))
            {
                out += decoded
                bytes = bytes.dropFirst(2)
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
