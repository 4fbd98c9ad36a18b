import Core
import FoundationEssentials
import Glibc

/// A certificate authority of a test's own, by the `openssl` command: PEM files in a folder that goes with it.
public struct TestAuthority: Sendable {
    public static let isAvailable = access("/usr/bin/openssl", X_OK) == 0

    public let folder: String
    public var certificate: String { "\(folder)/ca.pem" }

    public init() async throws {
        folder = "/tmp/apus-ca-\(UUID().uuidString.prefix(8))"
        mkdir(folder, 0o700)
        try await Self.openssl(
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test CA"]
                + ["-days", "2", "-keyout", "\(folder)/ca.key", "-out", certificate])
    }

    /// A certificate and its key, signed by the authority.
    /// - Parameter days: 0 for one that is over at once.
    public func sign(_ name: String, days: Int = 2) async throws -> (certificate: String, key: String) {
        let (certificate, key, request) = ("\(folder)/\(name).pem", "\(folder)/\(name).key", "\(folder)/\(name).csr")
        try await Self.openssl(
            ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)"]
                + ["-keyout", key, "-out", request])
        try await Self.openssl(
            ["x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", "\(folder)/ca.key", "-CAcreateserial"]
                + ["-days", String(days), "-out", certificate])
        return (certificate, key)
    }

    public func remove() {
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            return
        }
    }

    private static func openssl(_ arguments: [String]) async throws {
        let result = try await Command("openssl", arguments).run()
        guard result.succeeded else {
            throw ServiceError(.internal, "openssl failed.", detail: result.errorOutput)
        }
    }
}
