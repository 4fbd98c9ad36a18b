package import Core
import IdentityClient

/// The image service, for snapshots that failed.
package protocol ImageClient: Sendable {
    /// Deletes an image; one that is gone is no error.
    func delete(_ image: ImageID, _ context: RequestContext) async throws
}

/// The image service over its REST API.
struct RemoteImages: ImageClient {
    let session: ServiceSession

    func delete(_ image: ImageID, _ context: RequestContext) async throws {
        _ = try await session.request(.delete, "/v2/images/\(image)", context: context, accepting: [404])
    }
}
