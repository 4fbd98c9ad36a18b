import Core
import Crypto
import FoundationEssentials

@testable import Identity

/// A consumer that signs its requests with HMAC-SHA1.
struct OAuthConsumer: Sendable {
    typealias Token = (id: String, secret: String)

    var id: String
    var secret: String

    /// - Parameter json: the answer that the consumer was made with.
    init(_ json: JSONValue) {
        id = json["consumer"]?["id"]?.string ?? ""
        secret = json["consumer"]?["secret"]?.string ?? ""
    }

    /// The `Authorization` header of a POST to a path below `/v3`.
    func authorization(
        _ path: String, at now: Date, nonce: String, token: Token? = nil, verifier: String? = nil
    ) -> String {
        var parameters = [
            ("oauth_consumer_key", id), ("oauth_nonce", nonce), ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", String(Int(now.timeIntervalSince1970))), ("oauth_version", "1.0"),
        ]
        if let token { parameters.append(("oauth_token", token.id)) }
        if let verifier { parameters.append(("oauth_verifier", verifier)) }
        func header(_ signature: String) -> String {
            let all = parameters + [("oauth_signature", signature)]
            return "OAuth " + all.map { "\($0.0)=\"\(OAuthSignedRequest.encode($0.1))\"" }.joined(separator: ", ")
        }
        let unsigned = OAuthSignedRequest(
            method: "POST", url: "http://cloud.test/v3" + path, query: [], header: header(""))
        let key = SymmetricKey(data: Array("\(secret)&\(token?.secret ?? "")".utf8))
        let mac = HMAC<Insecure.SHA1>.authenticationCode(for: Array((unsigned?.baseString ?? "").utf8), using: key)
        return header(Base64.encode(Array(mac)))
    }

    /// The token and its secret of an answer that is a form.
    static func token(_ form: String) -> Token {
        let values = form.split(separator: "&").map {
            $0.split(separator: "=", maxSplits: 1).last.map(String.init) ?? ""
        }
        return (values.first ?? "", values.count > 1 ? values[1] : "")
    }
}

/// A signed request to the EC2 API, as a service shows it.
enum EC2Request {
    static func body(
        _ access: String, _ secret: String, at time: Date?, host: String = "cloud:8773"
    ) -> JSONValue {
        var parameters = ["SignatureVersion": "2", "AWSAccessKeyId": access, "Action": "A"]
        if let time { parameters["Timestamp"] = time.iso8601 }
        var signed = parameters
        signed["SignatureMethod"] = "HmacSHA256"
        let pairs = signed.map { "\(OAuthSignedRequest.encode($0.key))=\(OAuthSignedRequest.encode($0.value))" }
        let text = "GET\n\(host)\n/\n" + pairs.sorted().joined(separator: "&")
        let mac = HMAC<SHA256>.authenticationCode(
            for: Array(text.utf8), using: SymmetricKey(data: Array(secret.utf8)))
        return [
            "credentials": [
                "access": .string(access), "signature": .string(Base64.encode(Array(mac))), "host": "cloud:8773",
                "verb": "GET", "path": "/", "params": .object(parameters.mapValues { .string($0) }),
            ]
        ]
    }
}

/// What an object store shows of a signed request.
enum S3Request {
    /// As the header `Date` has it; nobody looks at the weekday.
    static func mailDate(_ date: Date) -> String {
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let time = CalendarTime(date)
        let clock = time.text(fraction: false).suffix(8)
        return "Mon, \(time.day) \(names[time.month - 1]) \(time.year) \(clock) GMT"
    }

    static func credentials(_ access: String, _ secret: String, at time: Date, service: String = "s3") -> JSONValue {
        let stamp = time.iso8601.filter { $0 != "-" && $0 != ":" }
        let day = String(stamp.prefix(8))
        let text = "AWS4-HMAC-SHA256\n\(stamp)\n\(day)/r/\(service)/aws4_request\nhash"
        let key = AWS4Key(secret: secret, date: day, region: "r", service: service)
        return [
            "access": .string(access), "token": .string(Base64URL.encode(Array(text.utf8))),
            "signature": .string(key.signature(of: text)),
        ]
    }
}
