package import Core
import Database
import FoundationEssentials

/// Tokens for requests that were signed with an EC2 key pair, asked for by the service that received them.
///
/// Whatever the pair was made with, trust, application credential or OAuth access token, bounds the token.
package struct EC2TokenService: Sendable {
    let env: IdentityEnvironment
    private let tokens: TokenService

    package init(_ env: IdentityEnvironment) {
        self.env = env
        tokens = TokenService(env)
    }

    /// - Parameter body: of `POST /v3/ec2tokens`.
    package func authenticateEC2(_ body: JSONValue) async throws -> TokenService.Issued {
        let request = try EC2Signature(try Self.credentials(body))
        let pair = try await pair(request.access)
        guard try request.isSigned(with: pair.secret) else { throw EC2Signature.refused("Invalid EC2 signature.") }
        // Without a time it would be good for ever to whoever has seen it once.
        guard let timestamp = request.timestamp else {
            throw EC2Signature.refused("The signature has no timestamp.")
        }
        try checkTime(timestamp)
        return try await issue(pair)
    }

    /// - Parameter body: of `POST /v3/s3tokens`.
    package func authenticateS3(_ body: JSONValue) async throws -> TokenService.Issued {
        let request = try S3Signature(try Self.credentials(body))
        let pair = try await pair(request.access)
        guard request.isSigned(with: pair.secret) else { throw EC2Signature.refused("Credential signature mismatch") }
        switch request.time {
        case .signedAt(let time): try checkTime(time)
        case .goodUntil(let end):
            guard env.clock.now() < end else { throw EC2Signature.refused("Credential is expired") }
        // Without a time it would be good for ever to whoever has seen it once.
        case nil: throw EC2Signature.refused("The signature has no timestamp.")
        }
        return try await issue(pair)
    }

    /// Keystone takes three names for the same thing.
    private static func credentials(_ body: JSONValue) throws -> JSONValue {
        guard body.object?.isEmpty == false else {
            throw ServiceError(.badRequest, "request must include a request body")
        }
        return body["credentials"] ?? body["credential"] ?? body["ec2Credentials"] ?? .object([:])
    }

    // MARK: Key pairs

    private struct Pair: Sendable {
        var user: UserID
        var project: ProjectID
        var secret: String
        var blob: JSONObject
    }

    private func pair(_ access: String) async throws -> Pair {
        let id = CredentialService.id(ofAccessKey: access)
        let found = try await env.database.read("find EC2 key pair") { try CredentialStore.find(id, $0) }
        guard let found, found.type == "ec2", let project = found.projectID else {
            throw ServiceError(.notFound, "EC2 access key not found.")
        }
        let blob = try CredentialService.object(try env.decrypt(found.blob))
        guard let secret = blob["secret"]?.string, !secret.isEmpty else {
            throw ServiceError(.notFound, "EC2 access key not found.")
        }
        return Pair(user: found.userID, project: project, secret: secret, blob: blob)
    }

    private func checkTime(_ text: String) throws {
        guard let time = Self.time(text) else {
            throw EC2Signature.refused("Credential timestamp is invalid: \(text.prefix(64))")
        }
        try checkTime(time)
    }

    private func checkTime(_ time: Date) throws {
        guard abs(env.clock.now().timeIntervalSince(time)) <= env.signatureLifetime.seconds else {
            throw EC2Signature.refused("Credential is expired")
        }
    }

    /// ISO 8601, also without separators as AWS's version 4 has it.
    static func time(_ text: String) -> Date? {
        let characters = Array(text)
        guard characters.count == 16, characters[8] == "T", characters[15] == "Z" else {
            return Date(iso8601: text) ?? Date(iso8601: text + "Z")
        }
        func part(_ range: Range<Int>) -> String { String(characters[range]) }
        return Date(
            iso8601: "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z")
    }

    // MARK: Tokens

    private func issue(_ pair: Pair) async throws -> TokenService.Issued {
        try env.authMethods.checkAllows(.ec2Credential)
        let (user, scope) = try await scope(pair)
        return try await tokens.issue(
            TokenService.Grant(user: user, methods: .ec2Credential, scope: scope))
    }

    private func scope(_ pair: Pair) async throws -> (UserID, TokenPayload.Scope) {
        if let id = pair.blob["trust_id"]?.string {
            let now = env.clock.now()
            let trust = try await env.database.read("find trust") {
                try TrustStore.find(TrustID(id), at: now, $0)
            }
            guard let trust, trust.projectID == pair.project,
                pair.user == (trust.isImpersonation ? trust.trustor : trust.trustee)
            else { throw EC2Signature.refused("User not valid for project.") }
            // With impersonation the pair is the trustor's, but it is the trustee who asks.
            return (trust.isImpersonation ? trust.trustee : pair.user, .trust(trust.id, project: trust.projectID))
        }
        if let id = pair.blob["app_cred_id"]?.string {
            return (pair.user, .applicationCredential(ApplicationCredentialID(id), project: pair.project))
        }
        if let id = pair.blob["access_token_id"]?.string {
            return (pair.user, .oauth(OAuthAccessTokenID(id), project: pair.project))
        }
        return (pair.user, .project(pair.project))
    }
}
