package import Core
package import Database
package import FoundationEssentials

/// OAuth 1.0a: request tokens, access tokens and the nonces that were used. Secrets are stored encrypted.
package enum OAuthTokenStore {
    // MARK: Request tokens

    /// The secret is still encrypted.
    package static func requestToken(_ id: OAuthRequestTokenID, _ tx: Transaction) throws -> OAuthRequestToken? {
        try tx.first("SELECT * FROM oauth_request_tokens WHERE id = \(id)").map {
            OAuthRequestToken(
                id: try $0.get("id"), secret: try $0.get("encrypted_secret"), verifier: try $0.get("verifier"),
                authorizingUserID: try $0.get("authorizing_user_id"), projectID: try $0.get("project_id"),
                roles: try roles($0), consumerID: try $0.get("consumer_id"), expiresAt: try $0.get("expires_at"))
        }
    }

    private static func roles(_ row: Row) throws -> [RoleID] {
        (try row.get("role_ids", as: JSONValue.self)).array?.compactMap { $0.string.map { RoleID($0) } } ?? []
    }

    private static func json(_ roles: [RoleID]) -> JSONValue { .array(roles.map { .string($0.rawValue) }) }

    package static func insert(_ token: OAuthRequestToken, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO oauth_request_tokens (id, encrypted_secret, verifier, authorizing_user_id, project_id, role_ids,
                consumer_id, expires_at)
            VALUES (\(token.id), \(token.secret), \(token.verifier), \(token.authorizingUserID), \(token.projectID),
                \(json(token.roles)), \(token.consumerID), \(token.expiresAt))
            """)
    }

    /// Notes a user's consent. - Returns: false when there is no such token any more.
    package static func authorize(_ token: OAuthRequestToken, _ tx: Transaction) throws -> Bool {
        try tx.execute(
            """
            UPDATE oauth_request_tokens SET verifier = \(token.verifier),
                authorizing_user_id = \(token.authorizingUserID), role_ids = \(json(token.roles))
            WHERE id = \(token.id)
            """) > 0
    }

    /// - Returns: false when somebody else was first: the token is good for one access token.
    package static func spend(_ id: OAuthRequestTokenID, verifier: String, _ tx: Transaction) throws -> Bool {
        try tx.execute("DELETE FROM oauth_request_tokens WHERE id = \(id) AND verifier = \(verifier)") > 0
    }

    // MARK: Access tokens

    private static func access(_ row: Row) throws -> OAuthAccessToken {
        OAuthAccessToken(
            id: try row.get("id"), secret: try row.get("encrypted_secret"),
            authorizingUserID: try row.get("authorizing_user_id"), projectID: try row.get("project_id"),
            roles: try roles(row), consumerID: try row.get("consumer_id"), expiresAt: try row.get("expires_at"))
    }

    /// The secret is still encrypted.
    package static func accessToken(_ id: OAuthAccessTokenID, _ tx: Transaction) throws -> OAuthAccessToken? {
        try tx.first("SELECT * FROM oauth_access_tokens WHERE id = \(id)").map(access)
    }

    package static func accessTokens(of user: UserID, _ tx: Transaction) throws -> [OAuthAccessToken] {
        try tx.query("SELECT * FROM oauth_access_tokens WHERE authorizing_user_id = \(user) ORDER BY id").map(access)
    }

    package static func insert(_ token: OAuthAccessToken, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT INTO oauth_access_tokens (id, encrypted_secret, authorizing_user_id, project_id, role_ids,
                consumer_id, expires_at)
            VALUES (\(token.id), \(token.secret), \(token.authorizingUserID), \(token.projectID), \(json(token.roles)),
                \(token.consumerID), \(token.expiresAt))
            """)
    }

    package static func delete(_ id: OAuthAccessTokenID, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM oauth_access_tokens WHERE id = \(id)")
    }

    // MARK: Nonces

    /// - Returns: false when the consumer has used this nonce at that time before.
    package static func useNonce(
        _ nonce: String, of consumer: ConsumerID, madeAt: Int64, at now: Date, _ tx: Transaction
    ) throws -> Bool {
        try tx.execute(
            """
            INSERT IGNORE INTO oauth_nonces (consumer_id, nonce, made_at, seen_at)
            VALUES (\(consumer), \(nonce), \(madeAt), \(now))
            """) > 0
    }

    /// Forgets nonces and request tokens that are too old to matter, a bounded batch of each.
    package static func purge(noncesBefore: Date, tokensBefore: Date, limit: Int, _ tx: Transaction) throws {
        try tx.execute("DELETE FROM oauth_nonces WHERE seen_at < \(noncesBefore) LIMIT \(limit)")
        try tx.execute(
            "DELETE FROM oauth_request_tokens WHERE expires_at < \(tokensBefore) LIMIT \(limit)"
        )
    }
}
