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
        /// What an identity provider said of the user.
        package var federation: TokenPayload.Federation?
        /// What authentication has read of all that.
        var known = TokenResolver.Known()
    }

    /// - Throws: 401 when the user may not have a token of that scope.
    package func issue(_ grant: Grant) async throws -> Issued {
        let now = env.clock.now()
        let lifetime = env.tokenOptions.expiration
        var end = now.addingTimeInterval(Double(lifetime.components.seconds))
        if let notAfter = grant.notAfter, notAfter < end { end = notAfter }
        let audit = TokenText.encode(RandomBytes.make(16), padded: false)
        let payload = TokenPayload(
            user: grant.user, methods: grant.methods, scope: grant.scope, expiresAt: env.tokenFormat.kept(end),
            auditIDs: [audit] + (grant.auditChainID.map { [$0] } ?? []), federation: grant.federation)
        let inactiveDays = env.compliance.inactiveDays
        let issuedAt = Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down))
        let voucher = try await DirectoryUsers(env).vouch(for: [grant.user])
        let hasNews = voucher?.isNew ?? false
        do {
            let known = hasNews ? TokenResolver.Known() : grant.known
            let format = env.tokenFormat
            let token = try await write(grant.scope) { tx in
                var token = try TokenResolver.resolve(
                    payload, issuedAt: issuedAt, now: now, isNew: true, known: known, tx)
                let ends = [
                    token.trust?.expiresAt, token.applicationCredential?.expiresAt, token.accessToken?.expiresAt,
                ]
                token.payload.expiresAt = format.kept(
                    ends.compactMap(\.self).reduce(token.payload.expiresAt, min))
                if inactiveDays > 0 { try Self.keepActive(token.payload.user, for: inactiveDays, at: now, tx) }
                if let trust = token.trust, !(try TrustStore.consume(trust.id, tx)) {
                    throw ServiceError(.forbidden, "No remaining uses for trust: \(trust.id).")
                }
                return token
            }
            return Issued(text: try format.seal(token.payload, at: now), token: token)
        } catch let error as InvalidToken {
            throw ServiceError.unauthenticated(error.reason)
        }
    }

    /// Most tokens leave nothing in the database; a trust is used up, and a user was seen.
    private func write(
        _ scope: TokenPayload.Scope, _ body: @escaping @Sendable (Transaction) throws -> Token
    ) async throws -> Token {
        var leavesTraces = env.compliance.inactiveDays > 0
        if case .trust = scope { leavesTraces = true }
        return leavesTraces
            ? try await env.database.transaction("issue token", body)
            : try await env.database.read("issue token", body)
    }

    /// - Throws: `InvalidToken` when nobody used the account for too long.
    private static func keepActive(_ id: UserID, for days: Int, at now: Date, _ tx: Transaction) throws {
        guard let user = try UserStore.find(id, tx), !user.isInactive(for: days, at: now) else {
            throw InvalidToken("nobody used the account for too long")
        }
        try UserStore.wasActive(id, at: now, tx)
    }

    // MARK: Validating

    /// - Parameter window: how long past its end a token may be shown.
    /// - Throws: `InvalidToken`.
    package func validate(_ text: String, window: Duration = .zero) async throws -> Token {
        guard let (payload, issuedAt) = env.tokenFormat.open(text) else {
            throw InvalidToken("not made with a key of ours, or for an unknown kind of scope")
        }
        let now = env.clock.now()
        guard payload.expiresAt.addingTimeInterval(Double(window.components.seconds)) > now else {
            throw InvalidToken("expired")
        }
        let sequence = try await env.newestRevocation()
        let key = ValidatedTokens.key(text)
        if let known = env.validated.find(key, at: sequence, now: now) { return known }
        func resolved() async throws -> Token {
            try await env.database.read("validate token") {
                try TokenResolver.resolve(payload, issuedAt: issuedAt, now: now, $0)
            }
        }
        var token = try await resolved()
        if let voucher = try await DirectoryUsers(env).vouch(for: token.users) {
            if voucher.isNew { token = try await resolved() }
            token.vouchedUntil = min(token.vouchedUntil ?? voucher.until, voucher.until)
        }
        env.validated.store(token, key, at: sequence)
        return token
    }

    /// The groups that an identity provider put the token's user into. The token has been validated.
    package func federatedGroups(of text: String?) -> [GroupID] {
        text.flatMap { env.tokenFormat.open($0) }?.payload.federation?.groups ?? []
    }

    // MARK: Revoking

    /// Voids a token, and those that were obtained with it if it was the first of its chain.
    /// - Parameter isCascading: false spares what was obtained with it.
    package func revoke(_ token: Token, isCascading: Bool = true, _ context: RequestContext) async throws {
        let now = env.clock.now()
        let own = token.payload.auditIDs.first
        // Only this token has the audit id, so any time of issue matches.
        var events = [RevocationEvent(auditID: own, issuedBefore: now)]
        if isCascading { events.append(RevocationEvent(auditChainID: own, issuedBefore: now)) }
        let all = events
        let isRoot = token.payload.auditIDs.count == 1
        let stored = try await env.change("revoke token", context) { tx, record in
            record.add(.deleted, .token, own ?? "", token.payload.user.rawValue, [:])
            // Others have this chain only when it began with this token.
            return try RevocationStore.add(isRoot ? all : Array(all.prefix(1)), at: now, tx)
        }
        if let stored { await env.announce(stored) }
    }

    package func events(since date: Date) async throws -> [RevocationEvent] {
        try await env.database.read("list revocation events") { try RevocationStore.events(since: date, $0) }
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
