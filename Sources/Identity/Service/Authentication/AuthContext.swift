import Core
import FoundationEssentials

/// What the methods of one request have found out about the caller.
struct AuthContext {
    private(set) var user: UserID?
    var methods: AuthMethods = []
    var notAfter: Date?
    var auditChainID: String?
    var credential: ApplicationCredential?
    var accessToken: OAuthAccessToken?
    var federation: TokenPayload.Federation?
    /// What was read of the user and the scope on the way.
    var known = TokenResolver.Known()
    /// The user with the domain, where a method has read them already.
    var account: (user: User, domain: Project)? {
        get { known.account }
        set { known.account = newValue }
    }
    /// Of a token that was exchanged.
    var exchangedScope: TokenPayload.Scope?

    /// - Throws: 401 when an earlier method found another user.
    mutating func add(_ found: UserID, _ method: AuthMethods) throws {
        if let user, user != found { throw ServiceError.unauthenticated("the methods name different users") }
        user = found
        methods.formUnion(method)
    }

    mutating func limit(to end: Date?) {
        guard let end else { return }
        notAfter = min(notAfter ?? end, end)
    }
}
