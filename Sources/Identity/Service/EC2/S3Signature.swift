import Core
import Crypto
import FoundationEssentials

/// What S3 clients sign, as the object store shows it: the text itself and its signature.
struct S3Signature {
    /// When a signature is good.
    enum Time: Equatable {
        case signedAt(Date)
        /// Of a presigned address, whose end its maker chose.
        case goodUntil(Date)
    }

    let access: String
    private let text: String
    private let signature: String

    init(_ body: JSONValue) throws {
        guard let access = body["access"]?.string else { throw EC2Signature.refused("EC2 Signature not supplied") }
        guard let signature = body["signature"]?.string, let token = body["token"]?.string,
            let bytes = Base64URL.decode(token) ?? Base64.decode(token),
            let text = String(validating: bytes, as: UTF8.self)
        else { throw EC2Signature.refused("Credential signature mismatch") }
        self.access = access
        self.signature = signature
        self.text = text
    }

    private var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }

    private var isVersion4: Bool { text.hasPrefix("AWS4") }

    /// The time that was signed; nil when there is none that can be read.
    ///
    /// Version 2's fourth line has the header `Date`, the end of a presigned address in seconds since 1970, or nothing
    /// where the header `x-amz-date` says it, which is then among the lines that follow ("Signing and authenticating
    /// REST requests" of the S3 developer guide).
    var time: Time? {
        let lines = lines
        if isVersion4 { return lines.count == 4 ? EC2TokenService.time(lines[1]).map(Time.signedAt) : nil }
        guard lines.count >= 5 else { return nil }
        var written = lines[3]
        if let end = Int64(written) { return .goodUntil(Date(timeIntervalSince1970: Double(end))) }
        if written.isEmpty {
            let name = "x-amz-date:"
            let header = lines.dropFirst(4).first { $0.lowercased().hasPrefix(name) }
            written = header.map { String($0.dropFirst(name.count)) } ?? ""
        }
        return (Self.mailDate(written) ?? EC2TokenService.time(written)).map(Time.signedAt)
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Thu, 17 Nov 2005 18:49:58 GMT`, also with `+0000` (RFC 5322 §3.3; the only zone that S3 takes).
    private static func mailDate(_ text: String) -> Date? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, let month = months.firstIndex(of: String(parts[2])), parts[1].count <= 2,
            ["GMT", "UTC", "+0000", "-0000"].contains(parts[5])
        else { return nil }
        func twoDigits(_ text: some StringProtocol) -> String { text.count == 1 ? "0" + text : String(text) }
        return Date(iso8601: "\(parts[3])-\(twoDigits(String(month + 1)))-\(twoDigits(parts[1]))T\(parts[4])Z")
    }

    func isSigned(with secret: String) -> Bool {
        guard isVersion4 else {
            let mac = HMAC<Insecure.SHA1>.authenticationCode(
                for: Array(text.utf8), using: SymmetricKey(data: Array(secret.utf8)))
            return constantTimeEquals(Base64.encode(Array(mac)), signature)
        }
        let scope = lines.count == 4 ? lines[2].split(separator: "/", omittingEmptySubsequences: false) : []
        guard lines.first == "AWS4-HMAC-SHA256", scope.count == 4, scope[3] == "aws4_request",
            ["s3", "iam", "sts"].contains(scope[2])
        else { return false }
        let key = AWS4Key(
            secret: secret, date: String(scope[0]), region: String(scope[1]), service: String(scope[2]))
        return constantTimeEquals(key.signature(of: text), signature)
    }
}
