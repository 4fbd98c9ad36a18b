public import Core

/// Says what a token stands for. Identity itself does it from its database, others by asking it.
public protocol Authenticator: Sendable {
    /// - Parameter context: the request's context so far (ids, deadline, address), without identity.
    /// - Throws: `ServiceError` `.unauthorized` for a token that is not valid, `.unavailable` when
    ///   that cannot be found out now.
    func authenticate(token: String, context: RequestContext) async throws -> TokenInfo

    /// The same, of a token that can be told about without waiting; nil for any other.
    func known(token: String) -> TokenInfo?
}

extension Authenticator {
    public func known(token: String) -> TokenInfo? { nil }
}
