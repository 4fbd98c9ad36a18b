import AsyncHTTPClient
import Core
import IdentityClient

/// An image of another image service, or of this one: what `glance-download` copies.
struct RemoteImage: Codable, Sendable, Hashable {
    var id: String
    var region: String
    var interface: String
    /// On whose behalf: it must be allowed to see the image itself.
    var project: ProjectID?
}

/// What is taken over from the image that is copied.
struct RemoteImageDocument: Sendable {
    let diskFormat: String?
    let containerFormat: String?
    let properties: [String: String]

    /// Properties that say how to run the image; those that say what its owner thinks of it stay.
    private static let prefixes = ["hw_", "trait:", "os_distro", "os_secure_boot", "os_type"]

    init(_ document: JSONValue) {
        diskFormat = document["disk_format"]?.string
        containerFormat = document["container_format"]?.string
        properties = (document.object ?? [:]).compactMapValues(\.string).filter { name, _ in
            Self.prefixes.contains { name.hasPrefix($0) }
        }
    }

    /// - Parameter protections: what the caller may not create is not taken over.
    func adopt(_ image: Image, _ protections: PropertyProtections, _ context: RequestContext) -> Image {
        var image = image
        image.diskFormat = diskFormat
        image.containerFormat = containerFormat
        image.properties.merge(properties.filter { protections.allows(.create, $0.key, context) }) { $1 }
        return image
    }
}

/// Reads images of other image services as this service, which may see all of them: so it is checked
/// here that the project that asks may see the one it names.
struct RemoteImages: Sendable {
    let identity: IdentityClient

    func find(_ source: RemoteImage, _ context: RequestContext) async throws -> RemoteImageDocument {
        let session = session(source)
        do {
            let document = try await session.request(.get, "/v2/images/\(source.id)", context: context).json
            guard document["status"]?.string == "active", try await isVisible(document, source, session, context) else {
                throw ServiceError(.badRequest, "The image to copy cannot be found.")
            }
            return RemoteImageDocument(document)
        } catch let error as ServiceError where error.code == .notFound || error.code == .unavailable {
            // Also an unknown region or interface: waiting would not mend it.
            throw ServiceError(.badRequest, "The image to copy cannot be found.", cause: error)
        }
    }

    func download(_ source: RemoteImage, _ context: RequestContext) async throws -> HTTPClientResponse.Body {
        try await session(source).download("/v2/images/\(source.id)/file", context: context).body
    }

    private func session(_ source: RemoteImage) -> ServiceSession {
        ServiceSession(identity: identity, service: "image", interface: source.interface, region: source.region)
    }

    private func isVisible(
        _ document: JSONValue, _ source: RemoteImage, _ session: ServiceSession, _ context: RequestContext
    ) async throws -> Bool {
        if context.hasRole("admin") { return true }
        switch document["visibility"]?.string {
        case "public", "community": return true
        case _ where document["owner"]?.string == source.project?.rawValue && source.project != nil: return true
        case "shared":
            let members = try await session.request(.get, "/v2/images/\(source.id)/members", context: context).json
            return (members["members"]?.array ?? []).contains { $0["member_id"]?.string == source.project?.rawValue }
        default: return false
        }
    }
}
