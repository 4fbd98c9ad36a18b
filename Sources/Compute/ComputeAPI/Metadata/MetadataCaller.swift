import Core
import Crypto
import FoundationEssentials
import HTTPTypes
import WebAPI

/// Finds out which server asks, from the signed headers that a host's metadata proxy adds.
///
/// Source: Nova's administrator guide, "Metadata service": `X-Instance-ID` with its HMAC-SHA256 in
/// `X-Instance-ID-Signature`, and `X-Tenant-ID`, which must be the server's project.
struct MetadataCaller: Sendable {
    let server: ServerID
    let project: ProjectID

    /// - Throws: 400 when a header is missing, 403 when the signature does not fit.
    init(_ headers: HTTPFields, secret: Secret) throws {
        guard let server = headers[Self.instanceID] else { throw Self.missing("X-Instance-ID") }
        guard let project = headers[Self.tenantID] else { throw Self.missing("X-Tenant-ID") }
        let key = Array(secret.reveal().utf8)
        guard !key.isEmpty, let signature = headers[Self.signature], let claimed = Hex.decode(signature) else {
            throw Self.refused
        }
        let actual = HMAC<SHA256>.authenticationCode(for: Array(server.utf8), using: SymmetricKey(data: key))
        guard constantTimeEquals(claimed, Array(actual)) else { throw Self.refused }
        self.server = ServerID(server)
        self.project = ProjectID(project)
    }

    private static func missing(_ header: String) -> ServiceError {
        ServiceError(.badRequest, "\(header) header is missing from request.")
    }

    private static let refused = ServiceError(.forbidden, "Invalid proxy request signature.")

    private static let instanceID = field("X-Instance-ID")
    private static let tenantID = field("X-Tenant-ID")
    private static let signature = field("X-Instance-ID-Signature")

    private static func field(_ name: String) -> HTTPField.Name {
        HTTPField.Name(name) ?? .init(parsed: "x-unknown") ?? .accept
    }
}
