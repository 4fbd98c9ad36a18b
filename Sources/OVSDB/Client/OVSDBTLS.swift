import Core
import NIOSSL

/// How `ssl:` remotes are reached: by a certificate of ours, and theirs signed by the authority that is named.
///
/// As in Open vSwitch, the authority vouches for the server, whatever its name: certificates that `ovs-pki` makes carry
/// none to compare. So it should sign nobody but OVN's own.
public struct OVSDBTLS: Sendable {
    let context: NIOSSLContext

    /// - Parameters: PEM files; they are read now.
    /// - Throws: `ConfigurationError`, which names the file that cannot be used.
    public init(privateKey: String, certificate: String, authority: String) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates(
            try Self.read(authority) { try NIOSSLCertificate.fromPEMFile(authority) })
        configuration.certificateChain = try Self.read(certificate) {
            try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
        }
        configuration.privateKey = .privateKey(
            try Self.read(privateKey) { try NIOSSLPrivateKey(file: privateKey, format: .pem) })
        context = try Self.read("\(certificate) with \(privateKey)") { try NIOSSLContext(configuration: configuration) }
    }

    private static func read<T>(_ file: String, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch {
            throw ConfigurationError("\(file) cannot be used for ssl: connections to OVSDB: \(error)")
        }
    }
}
