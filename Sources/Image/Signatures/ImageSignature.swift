import Core
import FoundationEssentials

/// How an image's bytes are signed, as its properties say.
struct ImageSignature: Sendable, Hashable {
    let signature: [UInt8]
    /// `sha256`, as `DataHasher` and OpenSSL call it.
    let hash: String
    let isPSS: Bool
    let certificate: String

    /// nil for an image that is not signed: one of the four properties is not there, as for Nova and Cinder.
    /// - Throws: `.badRequest` for properties that make no signature.
    init?(_ properties: [String: String]) throws {
        guard let text = properties["img_signature"], let method = properties["img_signature_hash_method"],
            let type = properties["img_signature_key_type"],
            let certificate = properties["img_signature_certificate_uuid"]
        else { return nil }
        guard let signature = Data(base64Encoded: text), !signature.isEmpty else {
            throw Self.failure("the signature is not base64")
        }
        let hash = method.lowercased().filter { $0 != "-" }
        guard ["sha256", "sha384", "sha512"].contains(hash) else {
            throw Self.failure("hash method \(method) is not supported")
        }
        guard type == "RSA-PSS" || type.hasPrefix("ECC_") || type == "DSA" else {
            throw Self.failure("key type \(type) is not supported")
        }
        guard isUUIDLike(certificate) else { throw Self.failure("the certificate's id is not a UUID") }
        self.signature = Array(signature)
        self.hash = hash
        isPSS = type == "RSA-PSS"
        self.certificate = certificate.lowercased()
    }

    static func failure(_ reason: String, cause: (any Error)? = nil) -> ServiceError {
        ServiceError(.badRequest, "Signature verification failed: \(reason)", cause: cause)
    }
}
