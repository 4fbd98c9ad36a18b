import Core
package import Database
package import Logging
package import WebAPI

/// The metadata service's listener, apart from the Compute API's: guests reach it only through the
/// proxies of their hosts.
package enum MetadataServer {
    package static func make(
        database: Database, options: MetadataOptions, api: APIServerOptions, logger: Logger
    ) throws -> APIServer {
        let controller = MetadataController(database: database, options: options)
        return APIServer(
            options: APIServerOptions(
                bind: options.bind, port: options.port, tlsCertificate: api.tlsCertificate, tlsKey: api.tlsKey),
            service: APIDescription(
                serviceType: "compute", mounts: [Mount("", controller.operations, faults: .nova)], faults: .nova),
            authenticator: NoTokens(), policy: try PolicyEngine(rules: []), logger: logger)
    }
}

/// Guests have no tokens.
private struct NoTokens: Authenticator {
    func authenticate(token: String, context: RequestContext) async throws -> TokenInfo {
        throw ServiceError(.unauthorized, "The metadata service takes no tokens.")
    }
}
