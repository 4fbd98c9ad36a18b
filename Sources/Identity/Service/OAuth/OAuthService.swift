package import Core
import Database
import FoundationEssentials

/// OAuth 1.0a: a consumer asks for a project, a user consents with some roles, the consumer gets an access token.
package struct OAuthService: Sendable {
    let env: IdentityEnvironment
    /// Seconds that a request's timestamp may be off, as in oauthlib.
    private static let clockTolerance = 600.0
    private static let verifierAlphabet = Array("abcdefghkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789".utf8)

    package init(_ env: IdentityEnvironment) { self.env = env }

    private static func missing(_ attribute: String) -> ServiceError {
        ServiceError(
            .badRequest,
            "Expecting to find \(attribute) in request. The server could not comply with the request since it is "
                + "either malformed or otherwise incorrect. The client is assumed to be in error.")
    }

    private static func refused(_ reason: String) -> ServiceError { ServiceError(.unauthorized, reason) }

    // MARK: Request tokens

    /// What a consumer asks first, with its own secret only.
    package func makeRequestToken(
        _ request: OAuthSignedRequest?, project: ProjectID?, _ context: RequestContext
    ) async throws -> OAuthRequestToken {
        guard let request else { throw ServiceError(.badRequest, "Error in OAuth Headers: they are missing.") }
        guard let consumerID = request.consumer else { throw Self.missing("oauth_consumer_key") }
        guard let project else { throw Self.missing("Requested-Project-Id") }
        let now = env.clock.now()
        let lifetime = env.oauth.requestTokenLifetime
        let token = OAuthRequestToken(
            id: env.newID(), secret: env.ids.hex(), verifier: nil, authorizingUserID: nil, projectID: project,
            roles: [], consumerID: consumerID, expiresAt: Self.end(lifetime, now))
        var stored = token
        stored.secret = try env.encrypt(token.secret)
        let row = stored
        let env = env
        try await env.change("make OAuth request token", context) { tx, record in
            guard let consumer = try ConsumerStore.find(consumerID, tx) else {
                throw NotFound.error("consumer", consumerID)
            }
            guard try ProjectStore.find(project, tx) != nil else { throw NotFound.project(project) }
            let secret = try env.decrypt(consumer.secret)
            guard request.isSigned(consumerSecret: secret, tokenSecret: "") else {
                throw Self.refused("Invalid signature")
            }
            try Self.checkFresh(request, of: consumerID, at: now, tx)
            try OAuthTokenStore.insert(row, tx)
            record.created(.requestToken, row.id, about: consumerID.rawValue)
        }
        return token
    }

    private static func end(_ lifetime: Duration, _ now: Date) -> Date? {
        lifetime == .zero ? nil : now.addingTimeInterval(lifetime.seconds)
    }

    /// Refuses what is too old, or was sent before. The signature has been checked: only the consumer fills the table.
    static func checkFresh(
        _ request: OAuthSignedRequest, of consumer: ConsumerID, at now: Date, _ tx: Transaction
    ) throws {
        guard let timestamp = request.timestamp, let nonce = request.nonce, (1...128).contains(nonce.utf8.count),
            abs(now.timeIntervalSince1970 - Double(timestamp)) <= clockTolerance
        else { throw refused("The OAuth timestamp or nonce is missing or too far from the present") }
        guard try OAuthTokenStore.useNonce(nonce, of: consumer, madeAt: timestamp, at: now, tx) else {
            throw refused("The OAuth nonce was used before")
        }
    }

    /// A user's consent. - Returns: the verifier, which the user hands to the consumer.
    package func authorize(
        _ id: OAuthRequestTokenID, user: UserID, roleIDs: [RoleID], roleNames: [String], _ context: RequestContext
    ) async throws -> String {
        let now = env.clock.now()
        let verifier = Self.newVerifier()
        try await env.change("authorize OAuth request token", context) { tx, record in
            guard var token = try OAuthTokenStore.requestToken(id, tx) else {
                throw ServiceError(.notFound, "Request token not found")
            }
            if let end = token.expiresAt, end <= now { throw Self.refused("Request token is expired") }
            let named = try RoleStore.find(named: roleNames, tx)
            guard Set(named.map(\.name)).isSuperset(of: roleNames) else {
                throw NotFound.role(roleNames.joined(separator: ", "))
            }
            let wanted = Set(roleIDs + named.map(\.id))
            let held = try RoleStore.inferences(tx).closure(
                of: try AssignmentStore.roles(of: user, at: .project(token.projectID), asOf: now, tx))
            guard held.isSuperset(of: wanted) else {
                throw Self.refused("authorizing user does not have role required")
            }
            token.verifier = verifier
            token.authorizingUserID = user
            token.roles = wanted.sorted()
            guard try OAuthTokenStore.authorize(token, tx) else {
                throw ServiceError(.notFound, "Request token not found")
            }
            record.updated(.requestToken, id, about: user.rawValue)
        }
        return verifier
    }

    private static func newVerifier() -> String {
        var generator = SystemRandomNumberGenerator()
        let characters = (0..<8).map { _ in
            verifierAlphabet[Int.random(in: verifierAlphabet.indices, using: &generator)]
        }
        return String(decoding: characters, as: UTF8.self)
    }

    // MARK: Access tokens

    /// Exchanges a request token that a user has consented to, once.
    package func makeAccessToken(_ request: OAuthSignedRequest?, _ context: RequestContext) async throws
        -> OAuthAccessToken
    {
        guard let request else { throw ServiceError(.badRequest, "Error in OAuth Headers: they are missing.") }
        guard let consumerID = request.consumer else { throw Self.missing("oauth_consumer_key") }
        guard let requestID = request.token.map({ OAuthRequestTokenID($0) }) else { throw Self.missing("oauth_token") }
        guard let verifier = request.parameter("oauth_verifier") else { throw Self.missing("oauth_verifier") }
        let now = env.clock.now()
        let id: OAuthAccessTokenID = env.newID()
        let secret = env.ids.hex()
        let sealed = try env.encrypt(secret)
        let env = env
        var made = try await env.change("make OAuth access token", context) { tx, record in
            guard let asked = try OAuthTokenStore.requestToken(requestID, tx) else {
                throw ServiceError(.notFound, "Request token not found")
            }
            if let end = asked.expiresAt, end <= now { throw Self.refused("Request token is expired") }
            guard asked.consumerID == consumerID, let consumer = try ConsumerStore.find(consumerID, tx) else {
                throw Self.refused("Provided consumer key does not match stored consumer key.")
            }
            guard
                request.isSigned(
                    consumerSecret: try env.decrypt(consumer.secret), tokenSecret: try env.decrypt(asked.secret))
            else { throw Self.refused("Invalid signature") }
            try Self.checkFresh(request, of: consumerID, at: now, tx)
            guard let user = asked.authorizingUserID, let known = asked.verifier else {
                throw Self.refused("Request Token does not have an authorizing user id.")
            }
            guard constantTimeEquals(known, verifier), try OAuthTokenStore.spend(requestID, verifier: known, tx) else {
                throw Self.refused("Provided verifier does not match stored verifier")
            }
            let token = OAuthAccessToken(
                id: id, secret: sealed, authorizingUserID: user, projectID: asked.projectID, roles: asked.roles,
                consumerID: consumerID, expiresAt: Self.end(env.oauth.accessTokenLifetime, now))
            try OAuthTokenStore.insert(token, tx)
            record.created(.accessToken, id, about: user.rawValue)
            return token
        }
        made.secret = secret
        return made
    }

    /// The access token that a request to authenticate is signed with.
    func check(_ request: OAuthSignedRequest) async throws -> OAuthAccessToken {
        guard let id = request.token.map({ OAuthAccessTokenID($0) }) else { throw Self.missing("oauth_token") }
        let now = env.clock.now()
        let env = env
        return try await env.database.transaction("check OAuth access token") { tx in
            guard let token = try OAuthTokenStore.accessToken(id, tx), request.consumer == token.consumerID,
                let consumer = try ConsumerStore.find(token.consumerID, tx),
                request.isSigned(
                    consumerSecret: try env.decrypt(consumer.secret), tokenSecret: try env.decrypt(token.secret))
            else { throw Self.refused("Could not validate the access token") }
            if let end = token.expiresAt, end <= now { throw Self.refused("Access token is expired") }
            try Self.checkFresh(request, of: token.consumerID, at: now, tx)
            return token
        }
    }

    // MARK: A user's access tokens

    package func find(_ id: OAuthAccessTokenID, of user: UserID) async throws -> OAuthAccessToken {
        let found = try await env.database.read("find OAuth access token") {
            try OAuthTokenStore.accessToken(id, $0)
        }
        guard let found, found.authorizingUserID == user else {
            throw ServiceError(.notFound, "Access token not found")
        }
        return found
    }

    package func list(of user: UserID) async throws -> [OAuthAccessToken] {
        try await env.database.read("list OAuth access tokens") {
            try OAuthTokenStore.accessTokens(of: user, $0)
        }
    }

    package func roles(_ ids: [RoleID]) async throws -> [Role] {
        try await env.database.read("list OAuth access token's roles") { try RoleStore.find(ids, $0) }
    }

    /// Tokens made with it are void at once, because validation looks the access token up.
    package func delete(_ id: OAuthAccessTokenID, of user: UserID, _ context: RequestContext) async throws {
        let event = RevocationEvent(userID: user, issuedBefore: env.clock.now())
        let announced = try await env.change("delete OAuth access token", context) { tx, record in
            guard try OAuthTokenStore.accessToken(id, tx)?.authorizingUserID == user else {
                throw ServiceError(.notFound, "Access token not found")
            }
            try OAuthTokenStore.delete(id, tx)
            record.deleted(.accessToken, id, about: user.rawValue)
            return try RevocationStore.number(event, tx)
        }
        await env.announce(announced)
    }

    /// Forgets what is too old to matter; a bounded batch per call.
    package func purge() async throws {
        let now = env.clock.now()
        try await env.database.transaction("purge OAuth") { tx in
            try OAuthTokenStore.purge(
                noncesBefore: now.addingTimeInterval(-4 * Self.clockTolerance), tokensBefore: now, limit: 10_000, tx)
        }
    }
}

extension AuthenticationService {
    func check(oauth request: OAuthSignedRequest?, _ context: inout AuthContext) async throws {
        guard let request else { throw ServiceError(.badRequest, "Error in OAuth Headers: they are missing.") }
        let token = try await OAuthService(env).check(request)
        try context.add(token.authorizingUserID, .oauth1)
        context.accessToken = token
    }
}
