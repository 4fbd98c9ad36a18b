import Core
import FoundationEssentials

/// Checks signatures with OpenSSL's own program, which gets the digest and not the image.
struct SignatureVerifier: Sendable {
    /// Nil where the operator has none: then signed images are refused, never taken unchecked.
    let keys: (any KeyManager)?

    init(_ options: ImageOptions) { keys = options.certificateFolder.map { FileKeyManager(folder: $0) } }

    /// - Parameter digest: of the image's bytes, hexadecimal, by the signature's hash method.
    /// - Throws: `.badRequest` for every reason not to trust the image.
    func verify(_ signature: ImageSignature, digest: String) async throws {
        guard let keys else { throw ImageSignature.failure("there is no key manager") }
        let certificate: [UInt8]
        do {
            certificate = try await keys.certificate(signature.certificate)
        } catch let error as ServiceError where error.code == .notFound {
            throw ImageSignature.failure("there is no such certificate", cause: error)
        }
        var expiry = Command("openssl", ["x509", "-noout", "-checkend", "0"])
        expiry.standardInput = certificate
        guard try await expiry.run().succeeded else {
            throw ImageSignature.failure("the certificate has expired or cannot be read")
        }
        guard let bytes = Hex.decode(digest) else { throw ImageSignature.failure("there is no digest") }
        let files = try await Self.pool.run { try SignatureFiles(certificate, signature.signature) }
        do {
            var command = Command(
                "openssl",
                [
                    "pkeyutl", "-verify", "-certin", "-inkey", files.certificate, "-sigfile", files.signature,
                    "-pkeyopt", "digest:\(signature.hash)",
                ]
                    + (signature.isPSS
                        ? ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:auto"] : []))
            command.standardInput = bytes
            guard try await command.run().succeeded else {
                throw ImageSignature.failure("the image is not what was signed")
            }
        } catch {
            try await Self.pool.run { try files.remove() }
            throw error
        }
        try await Self.pool.run { try files.remove() }
    }

    private static let pool = BlockingPool(name: "image-signatures", threads: 2, maxQueue: 256)
}

/// What OpenSSL reads from files, for one run.
private struct SignatureFiles: Sendable {
    private let folder: String

    var certificate: String { "\(folder)/certificate" }
    var signature: String { "\(folder)/signature" }

    init(_ certificate: [UInt8], _ signature: [UInt8]) throws {
        folder = FileManager.default.temporaryDirectory.path + "/apus-signature-\(IDGenerator.random.hex())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(certificate).write(to: URL(filePath: self.certificate))
        try Data(signature).write(to: URL(filePath: self.signature))
    }

    func remove() throws { try FileManager.default.removeItem(atPath: folder) }
}
