import AsyncHTTPClient
import ComputeModel
import Core
import IdentityClient
import NIOCore

/// Where images come from and snapshots go.
protocol ImageSource: Sendable {
    /// Gives an image's bytes to `receive`, piece by piece.
    func download(
        _ image: ImageID, _ context: RequestContext, _ receive: @Sendable (ByteBuffer) async throws -> Void
    ) async throws

    /// Uploads a queued image's data; an image that is active already is left as it is.
    func upload<Chunks: AsyncSequence & Sendable>(
        _ image: ImageID, _ chunks: Chunks, length: Int, _ context: RequestContext
    ) async throws where Chunks.Element == ByteBuffer
}

/// The image service, by its API.
struct RemoteImages: ImageSource {
    let session: ServiceSession

    func download(
        _ image: ImageID, _ context: RequestContext, _ receive: @Sendable (ByteBuffer) async throws -> Void
    ) async throws {
        let download = try await session.download(
            "/v2/images/\(image)/file", headers: [("Accept", "application/octet-stream")], context: context)
        guard download.status == 200 else {
            throw ServiceError(.badGateway, "The image \(image) has no data.", detail: "status \(download.status)")
        }
        for try await chunk in download.body { try await receive(chunk) }
    }

    func upload<Chunks: AsyncSequence & Sendable>(
        _ image: ImageID, _ chunks: Chunks, length: Int, _ context: RequestContext
    ) async throws where Chunks.Element == ByteBuffer {
        let record = try await session.request(.get, "/v2/images/\(image)", context: context).json
        if record["status"]?.string == "active" { return }
        _ = try await session.upload(
            .put, "/v2/images/\(image)/file", chunks: chunks, length: length, context: context)
    }
}
