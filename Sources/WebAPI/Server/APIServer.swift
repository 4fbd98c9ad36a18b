public import Core
import HTTPTypes
import HummingbirdCore
import HummingbirdTLS
public import Logging
public import NIOCore
import NIOHTTPTypes
import NIOPosix
import NIOSSL
public import ServiceLifecycle

/// Serves an API over HTTP/1.1, with TLS when it is configured. Stops listening on graceful
/// shutdown and lets requests in progress finish.
public struct APIServer: Service, CustomStringConvertible {
    private let options: APIServerOptions
    private let port: Int
    private let dispatcher: Dispatcher
    private let logger: Logger
    private let whenListening: @Sendable (SocketAddress) async -> Void

    /// - Parameters:
    ///   - defaultPort: the service's usual port, used when `[api] port` is not set.
    ///   - whenListening: called with the bound address.
    public init(
        options: APIServerOptions, service: APIDescription, authenticator: any Authenticator, policy: PolicyEngine,
        defaultPort: Int = 0, ids: IDGenerator = .random, clock: WallClock = .system, logger: Logger,
        whenListening: @escaping @Sendable (SocketAddress) async -> Void = { _ in }
    ) {
        self.options = options
        self.port = options.port ?? defaultPort
        self.logger = logger
        self.whenListening = whenListening
        dispatcher = Dispatcher(
            description: service, authenticator: authenticator, policy: policy, options: options, ids: ids,
            clock: clock, logger: logger)
    }

    /// Services are named in logs: without this the whole table of routes would be.
    public var description: String { "API on port \(port)" }

    public func run() async throws {
        try await makeServer().run()
    }

    private func makeServer() throws -> any Service {
        let dispatcher = dispatcher
        let tls = try tlsConfiguration()
        // What is encrypted must come through this process.
        let sendsFiles = tls == nil
        let answer: APIChannel.Answer = { request, writer, channel, address in
            let exchange = Exchange(request, channel, remoteAddress: address, sendsFiles: sendsFiles)
            let outcome =
                if let defect = RequestDefect(request.head) {
                    dispatcher.refuse(exchange, defect.fault)
                } else {
                    await dispatcher.respond(to: exchange)
                }
            do {
                try await writer.write(response: outcome.head, body: outcome.body)
                dispatcher.finished(exchange, outcome, failure: nil)
            } catch {
                dispatcher.finished(exchange, outcome, failure: error)
                throw error
            }
        }
        let http = APIChannel(options: options, answer: answer)
        let whenListening = whenListening
        let logger = logger
        let configuration = ServerConfiguration(
            address: .hostname(options.bind, port: port), backlog: 1024,
            availableConnectionsDelegate: MaximumAvailableConnections(options.maxConnections))
        let announce: @Sendable (any Channel) async -> Void = { channel in
            guard let address = channel.localAddress else { return }
            logger.info("API is listening", metadata: ["address": "\(address)"])
            await whenListening(address)
        }
        guard let tls else {
            return http.server(
                configuration: configuration, onServerRunning: announce,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
        }
        return try TLSChannel(http, tlsConfiguration: tls).server(
            configuration: configuration, onServerRunning: announce,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
    }

    private func tlsConfiguration() throws -> TLSConfiguration? {
        guard let certificate = options.tlsCertificate, let key = options.tlsKey else { return nil }
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
            configuration.minimumTLSVersion = .tlsv12
            return configuration
        } catch {
            throw ServiceError(
                .badRequest, "The TLS certificate \(certificate) or its key \(key) cannot be used.", cause: error)
        }
    }
}
