package import Core
import Database
package import FoundationEssentials

/// Makes tokens, says what they stand for, and voids them.
package struct TokenService: Sendable {
    let env: IdentityEnvironment

    package init(_ env: IdentityEnvironment) { self.env = env }

    /// A token as text, with what it stands for.
    package struct Issued: Sendable {
        package var text: String
        package var token: Token
    }

    // MARK: Issuing

    /// What authentication found out.
    package struct Grant: Sendable {
        package var user: UserID
        package var methods: AuthMethods
        package var scope: TokenPayload.Scope
        /// No later than this: the end of the token, trust or credential it came of.
        package var notAfter: Date?
        /// The audit id of the first token in the chain, when one token was exchanged for another.
        package var auditChainID: String?
    }

    /// - Throws: 401 when the user may not have a token of that scope.
    package func issue(_ grant: Grant) async throws -> Issued {
        let now = env.clock.now()
        let lifetime = env.tokenOptions.expiration
        var end = now.addingTimeInterval(Double(lifetime.components.seconds))
        if let notAfter = grant.notAfter, notAfter < end { end = notAfter }
        let audit = TokenText.encode(RandomBytes.make(16), padded: false)
        let payload = TokenPayload(
            user: grant.user, methods: grant.methods, scope: grant.scope, expiresAt: end,
            auditIDs: [audit] + (grant.auditChainID.map { [$0] } ?? []))
        let issuedAt = Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down))
        do {
            let token = try await env.database.transaction("issue token") { tx in
                var token = try TokenResolver.resolve(payload, issuedAt: issuedAt, now: now, isNew: true, tx)
                if let end = token.trust?.expiresAt ?? token.applicationCredential?.expiresAt,
                    end < token.payload.expiresAt
                {
                    token.payload.expiresAt = end
                }
                if let trust = token.trust, !(try TrustStore.consume(trust.id, tx)) {
                    throw ServiceError(.forbidden, "No remaining uses for trust: \(trust.id).")
                }
                return token
            }
            return Issued(text: try env.tokenKeys.current().seal(token.payload.encoded(), at: now), token: token)
        } catch let error as InvalidToken {
            throw ServiceError.unauthenticated(error.reason)
        }
    }

    // MARK: Validating

    /// - Parameter window: how long past its end a token may be shown.
    /// - Throws: `InvalidToken`.
    package func validate(_ text: String, window: Duration = .zero) async throws -> Token {
        guard let (bytes, issuedAt) = env.tokenKeys.current().open(text) else {
            throw InvalidToken("not made with a key of ours")
        }
        guard let payload = TokenPayload(decoding: bytes) else { throw InvalidToken("unknown payload") }
        let now = env.clock.now()
        guard payload.expiresAt.addingTimeInterval(Double(window.components.seconds)) > now else {
            throw InvalidToken("expired")
        }
        return try await env.database.transaction("validate token") {
            try TokenResolver.resolve(payload, issuedAt: issuedAt, now: now, $0)
        }
    }

    // MARK: Revoking

    /// Voids one token. Those obtained with it stay, as in Keystone.
    package func revoke(_ token: Token) async throws {
        let now = env.clock.now()
        // Only this token has the audit id, so any time of issue matches.
        let event = RevocationEvent(auditID: token.payload.auditIDs.first, issuedBefore: now)
        let stored = try await env.database.transaction("revoke token") {
            try RevocationStore.add(event, at: now, $0)
        }
        await env.announce(stored)
    }

    package func events(since date: Date) async throws -> [RevocationEvent] {
        try await env.database.transaction("list revocation events") { try RevocationStore.events(since: date, $0) }
    }

    /// Forgets events that no living token can fall under; a bounded batch per call.
    package func purgeEvents() async throws {
        let age = env.tokenOptions.expiration + env.tokenOptions.allowExpiredWindow + .seconds(1800)
        let date = env.clock.now().addingTimeInterval(-Double(age.components.seconds))
        try await env.database.transaction("purge revocation events") { tx in
            _ = try RevocationStore.purge(before: date, limit: 1000, tx)
        }
    }
}
