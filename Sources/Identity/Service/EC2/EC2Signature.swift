import Core
import Crypto
import FoundationEssentials

/// A request to the EC2 API as a service shows it to be checked, and what its signature should be.
///
/// Versions 0, 1, 2 and 4 of AWS's signatures, worked out as python-keystoneclient's `Ec2Signer` does.
struct EC2Signature {
    let access: String
    let signature: String
    let host: String
    let verb: String
    let path: String
    let parameters: [String: String]
    let headers: [String: String]
    let bodyHash: String

    /// - Throws: 401 where members are missing.
    init(_ body: JSONValue) throws {
        guard let access = body["access"]?.string else { throw Self.refused("EC2 Signature not supplied") }
        guard let signature = body["signature"]?.string, !signature.isEmpty else {
            throw Self.refused("EC2 signature not supplied.")
        }
        self.access = access
        self.signature = signature
        host = body["host"]?.string ?? ""
        verb = body["verb"]?.string ?? ""
        path = body["path"]?.string ?? ""
        parameters = Self.texts(body["params"])
        headers = Self.texts(body["headers"])
        bodyHash = body["body_hash"]?.string ?? ""
    }

    static func refused(_ reason: String) -> ServiceError { ServiceError(.unauthorized, reason) }

    private static func texts(_ value: JSONValue?) -> [String: String] {
        (value?.object ?? [:]).compactMapValues { value in
            value.string ?? value.int.map(String.init) ?? value.bool.map { $0 ? "True" : "False" }
        }
    }

    private func header(_ name: String) -> String? {
        headers.first { $0.key.lowercased() == name.lowercased() }?.value
    }

    /// When the request was signed, as it says itself where that is signed too; nil when it does not.
    var timestamp: String? {
        isVersion4 ? header("X-Amz-Date") ?? parameters["X-Amz-Date"] : parameters["Timestamp"]
    }

    private var isVersion4: Bool { parameters["SignatureVersion"] == nil }

    /// Whether it is signed with `secret`, for the host with its port or, as some clients do, without.
    func isSigned(with secret: String) throws -> Bool {
        let hosts = [host, Self.withoutPort(host)]
        return try hosts.contains { constantTimeEquals(try signature(secret, host: $0), signature) }
    }

    private static func withoutPort(_ host: String) -> String {
        if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
        return String(host.prefix { $0 != ":" })
    }

    private func signature(_ secret: String, host: String) throws -> String {
        switch parameters["SignatureVersion"] {
        case "0": return Self.base64SHA1((parameters["Action"] ?? "") + (parameters["Timestamp"] ?? ""), secret)
        case "1": return version1(secret)
        case "2": return version2(secret, host)
        case .some: throw Self.refused("Unknown signature version.")
        case nil:
            guard parameters["X-Amz-Algorithm"] != nil || header("Authorization") != nil else {
                throw Self.refused("Unknown signature version.")
            }
            return try version4(secret)
        }
    }

    private static func base64SHA1(_ text: String, _ secret: String) -> String {
        Base64.encode(
            Array(
                HMAC<Insecure.SHA1>.authenticationCode(
                    for: Array(text.utf8), using: SymmetricKey(data: Array(secret.utf8)))))
    }

    // MARK: Versions 1 and 2

    private func version1(_ secret: String) -> String {
        let text = parameters.sorted { $0.key.lowercased() < $1.key.lowercased() }.map { $0.key + $0.value }.joined()
        return Self.base64SHA1(text, secret)
    }

    /// Always with SHA-256, whatever the request says, as Keystone does.
    private func version2(_ secret: String, _ host: String) -> String {
        let signed = parameters.merging(["SignatureMethod": "HmacSHA256"]) { _, new in new }
        let text = "\(verb)\n\(host)\n\(path)\n" + Self.canonicalQuery(signed)
        let key = SymmetricKey(data: Array(secret.utf8))
        return Base64.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)))
    }

    private static func canonicalQuery(_ parameters: [String: String]) -> String {
        var pairs: [(name: String, value: String)] = []
        for (name, value) in parameters {
            pairs.append((OAuthSignedRequest.encode(name), OAuthSignedRequest.encode(value)))
        }
        pairs.sort { $0.name < $1.name }
        return pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    // MARK: Version 4

    private func version4(_ secret: String) throws -> String {
        let fields = try authorizationFields()
        let scope = fields.credential.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard scope.count == 5, let date = header("X-Amz-Date") ?? parameters["X-Amz-Date"] else {
            throw Self.refused("Invalid EC2 signature.")
        }
        guard date.hasPrefix(scope[1]) else { throw Self.refused("Request date mismatch error") }
        let request = canonicalRequest(fields.signedHeaders)
        let text = [
            "AWS4-HMAC-SHA256", date, scope[1...].joined(separator: "/"),
            Hex.encode(SHA256.hash(data: Array(request.utf8))),
        ].joined(separator: "\n")
        return AWS4Key(secret: secret, date: scope[1], region: scope[2], service: scope[3]).signature(of: text)
    }

    private func authorizationFields() throws -> (credential: String, signedHeaders: String) {
        if let credential = parameters["X-Amz-Credential"] {
            return (credential, parameters["X-Amz-SignedHeaders"] ?? "")
        }
        var fields: [String: String] = [:]
        for part in (header("Authorization") ?? "").split(separator: " ").dropFirst().joined().split(separator: ",") {
            guard let equals = part.firstIndex(of: "=") else { continue }
            fields[String(part[..<equals])] = String(part[part.index(after: equals)...])
        }
        guard let credential = fields["Credential"] else { throw Self.refused("Invalid EC2 signature.") }
        return (credential, fields["SignedHeaders"] ?? "")
    }

    private func canonicalRequest(_ signedHeaders: String) -> String {
        let lines = signedHeaders.split(separator: ";").compactMap { name in
            header(String(name)).map { "\(name):\(Self.trimmed($0))" }
        }
        // The parameters of a POST are in its body, whose hash stands for them.
        let query =
            verb.uppercased() == "POST" ? "" : Self.canonicalQuery(parameters.filter { $0.key != "X-Amz-Signature" })
        return [verb.uppercased(), path, query, lines.joined(separator: "\n") + "\n", signedHeaders, bodyHash]
            .joined(separator: "\n")
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}

/// The key that AWS's version 4 derives for a day, region and service.
struct AWS4Key {
    private let key: SymmetricKey

    init(secret: String, date: String, region: String, service: String) {
        var key = SymmetricKey(data: Array("AWS4\(secret)".utf8))
        for part in [date, region, service, "aws4_request"] {
            key = SymmetricKey(data: Array(HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key)))
        }
        self.key = key
    }

    func signature(of text: String) -> String {
        Hex.encode(Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)))
    }
}
