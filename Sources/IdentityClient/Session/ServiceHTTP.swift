public import AsyncHTTPClient
import Core
import NIOCore
import NIOPosix
import NIOSSL

/// Makes the HTTP client with which services are called.
public enum ServiceHTTP {
    /// - Parameter tlsCA: a PEM file of authorities to trust; nil for the system's.
    public static func client(tlsCA: String?) throws -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = .seconds(5)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
        if let tlsCA {
            var tls = TLSConfiguration.makeClientConfiguration()
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(tlsCA))
            } catch {
                throw ServiceError(.badRequest, "The TLS authorities in \(tlsCA) cannot be read.", cause: error)
            }
            configuration.tlsConfiguration = tls
        }
        return HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
    }
}
