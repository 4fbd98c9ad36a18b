public import AsyncHTTPClient
public import Caching
public import Core
public import Logging
public import Messaging
public import WebAPI

/// Every other service's view of identity: is a token valid, who is it, where are the services,
/// and with which token do we call them.
public final class IdentityClient: Authenticator, Sendable {
    let options: IdentityOptions
    let http: HTTPClient
    let logger: Logger
    let clock: WallClock
    private let ownsHTTP: Bool
    private let credentials: ServiceCredentials
    private let validator: TokenValidator

    /// - Parameters:
    ///   - cache: shared between daemons; nil for none.
    ///   - http: nil makes one with the options' TLS authorities.
    /// - Throws: `ServiceError` when the TLS authorities cannot be read.
    public init(
        _ options: IdentityOptions, cache: (any Cache)? = nil, http: HTTPClient? = nil, clock: WallClock = .system,
        logger: Logger
    ) throws {
        self.options = options
        self.logger = logger
        self.clock = clock
        ownsHTTP = http == nil
        let http = try http ?? ServiceHTTP.client(tlsCA: options.tlsCA)
        self.http = http
        let api = IdentityAPI(options: options, http: http)
        credentials = ServiceCredentials(api: api, clock: clock)
        validator = TokenValidator(
            api: api, credentials: credentials,
            cache: TokenCache(
                capacity: options.cacheSize, lifetime: options.cacheTime, silence: options.maxSilence, shared: cache,
                clock: clock),
            clock: clock)
    }

    public func authenticate(token: String, context: RequestContext) async throws -> TokenInfo {
        try await validator.validate(token)
    }

    public func known(token: String) -> TokenInfo? { validator.known(token) }

    /// This service's own token, renewed before it expires.
    public func serviceToken() async throws -> String { try await credentials.current().token }

    /// The root URL of a service in the catalogue, in our own region if no other is named.
    /// - Throws: `.unavailable` when the catalogue has none, which an operator must mend.
    public func endpoint(
        _ serviceType: String, interface: String? = nil, region: String? = nil
    ) async throws -> String {
        let catalogue = try await credentials.current().catalogue
        let interface = interface ?? options.interface
        let region = region ?? options.regionName
        guard let url = catalogue.endpoint(serviceType, interface: interface, region: region) else {
            throw ServiceError(
                .unavailable, "The service catalogue has no endpoint for \(serviceType).",
                detail: "interface \(interface), region \(region)")
        }
        return url
    }

    /// The service project's id, which owns what the service itself makes.
    public func serviceProjectID() async throws -> ProjectID? { try await credentials.current().projectID }

    /// The service user's id.
    public func serviceUserID() async throws -> UserID? { try await credentials.current().userID }

    /// Takes a revocation to heart: tokens it covers are asked about again.
    public func invalidate(_ event: TokenRevoked) { validator.revoke(event) }

    /// Gives up this service's token after a 401 for it.
    func forget(serviceToken: String) async { await credentials.forget(serviceToken) }

    /// Handlers for the identity topic's fanouts, for the daemon's RPC server.
    public var handlers: RPCHandlers {
        var handlers = RPCHandlers()
        handlers.on(TokenRevoked.self) { [self] event, _ in invalidate(event) }
        handlers.on(RevocationBeat.self) { [self] beat, _ in
            if validator.beat(beat) { logger.info("cached tokens are doubted: revocations may have been missed") }
        }
        return handlers
    }

    deinit {
        guard ownsHTTP else { return }
        // A client must be shut down before it goes; the task ends when its connections are closed.
        let http = http
        Task {
            do { try await http.shutdown() } catch {
                // It was shut down before, which is as good.
            }
        }
    }

    /// Closes connections; the client is of no use afterwards.
    public func shutdown() async throws { try await http.shutdown() }
}
