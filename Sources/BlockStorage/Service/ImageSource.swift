import AsyncHTTPClient
package import Core
package import IdentityClient
package import NIOCore

/// An image as the image service describes it.
package struct SourceImage: Sendable {
    package var id: ImageID
    package var name: String?
    package var status: String
    package var diskFormat: String
    package var containerFormat: String
    package var sizeBytes: Int
    package var minDiskGiB: Int
    package var checksum: String?
    package var hash: (algorithm: String, value: String)?
    /// What a volume made from it keeps, for the server that boots from the volume.
    package var volumeMetadata: [String: String]
}

/// The image service, as this one needs it. A protocol, so that tests need no image service.
package protocol ImageService: Sendable {
    /// - Throws: `.badRequest` when the caller's project may not use the image, or there is none.
    func find(_ reference: String, context: RequestContext) async throws -> SourceImage
    /// Gives the image's bytes, in order, to `write`.
    func download(
        _ id: ImageID, context: RequestContext, write: @escaping @Sendable (ByteBuffer) async throws -> Void
    ) async throws
    /// Makes an image record owned by the caller's project; nil id lets the service choose.
    func create(_ id: ImageID, _ record: JSONValue, context: RequestContext) async throws
    func upload(
        _ id: ImageID, size: Int, context: RequestContext, read: @escaping @Sendable () async throws -> ByteBuffer?
    ) async throws
    func delete(_ id: ImageID, context: RequestContext) async throws
}

/// The image service over its REST API, called as ourselves on behalf of the caller's project.
package struct RemoteImages: ImageService {
    private let session: ServiceSession

    package init(_ session: ServiceSession) { self.session = session }

    package func find(_ reference: String, context: RequestContext) async throws -> SourceImage {
        let id = reference.split(separator: "/").last.map(String.init) ?? reference
        let refusal = ServiceError(.badRequest, "Invalid image identifier or unable to access requested image.")
        var record: JSONValue?
        if isUUIDLike(id) {
            let answer = try await session.request(.get, "/v2/images/\(id)", context: context, accepting: [404, 403])
            if answer.status == 200 { record = answer.json }
        }
        if record == nil, !reference.isEmpty {
            let answer = try await session.request(
                .get, "/v2/images", query: [("name", reference)], context: context)
            let named = answer.json["images"]?.array ?? []
            guard named.count <= 1 else {
                throw ServiceError(
                    .conflict, "Multiple matches found for '\(reference)', use an ID to be more specific.")
            }
            record = named.first
        }
        guard let record, let image = SourceImage(record), try await isUsable(record, image, context) else {
            throw refusal
        }
        guard image.status == "active" else {
            throw ServiceError(.badRequest, "Invalid image metadata. Error: Image \(image.id) is not active.")
        }
        return image
    }

    /// Our own token sees every image: whether the caller may use this one is checked here.
    private func isUsable(_ record: JSONValue, _ image: SourceImage, _ context: RequestContext) async throws -> Bool {
        if context.hasRole("admin") { return true }
        let visibility = record["visibility"]?.string
        if visibility == "public" || visibility == "community" { return true }
        guard let project = context.projectID?.rawValue else { return false }
        if record["owner"]?.string == project { return true }
        guard visibility == "shared" else { return false }
        let answer = try await session.request(
            .get, "/v2/images/\(image.id)/members/\(project)", context: context, accepting: [404, 403])
        return answer.status == 200
    }

    package func download(
        _ id: ImageID, context: RequestContext, write: @escaping @Sendable (ByteBuffer) async throws -> Void
    ) async throws {
        let download = try await session.download("/v2/images/\(id)/file", context: context)
        var received = 0
        for try await part in download.body {
            received += part.readableBytes
            try await write(part)
        }
        if let length = download.length, length != received {
            throw ServiceError(
                .unavailable, "The image service ended the image early.", detail: "\(received) of \(length) bytes")
        }
    }

    package func create(_ id: ImageID, _ record: JSONValue, context: RequestContext) async throws {
        let answer = try await session.request(
            .post, "/v2/images", json: record, context: context, accepting: [409])
        guard answer.status == 409 else { return }
        // Made by an earlier try.
        _ = try await session.request(.get, "/v2/images/\(id)", context: context)
    }

    package func upload(
        _ id: ImageID, size: Int, context: RequestContext, read: @escaping @Sendable () async throws -> ByteBuffer?
    ) async throws {
        do {
            _ = try await session.upload(
                .put, "/v2/images/\(id)/file", chunks: PulledChunks(read: read), length: size, context: context)
        } catch let error as ServiceError where error.code == .conflict {
            // It has its data already, if an earlier try got that far.
            let answer = try await session.request(.get, "/v2/images/\(id)", context: context)
            guard answer.json["status"]?.string == "active" else { throw error }
        }
    }

    package func delete(_ id: ImageID, context: RequestContext) async throws {
        _ = try await session.request(.delete, "/v2/images/\(id)", context: context, accepting: [404])
    }
}

/// A sequence of chunks that are read as they are sent.
struct PulledChunks: AsyncSequence, Sendable {
    let read: @Sendable () async throws -> ByteBuffer?

    struct AsyncIterator: AsyncIteratorProtocol {
        let read: @Sendable () async throws -> ByteBuffer?
        mutating func next() async throws -> ByteBuffer? { try await read() }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(read: read) }
}

extension SourceImage {
    init?(_ record: JSONValue) {
        guard let id = record["id"]?.string, let members = record.object else { return nil }
        self.id = ImageID(id)
        name = record["name"]?.string
        status = record["status"]?.string ?? ""
        diskFormat = record["disk_format"]?.string ?? ""
        containerFormat = record["container_format"]?.string ?? ""
        sizeBytes = record["size"]?.int ?? 0
        minDiskGiB = record["min_disk"]?.int ?? 0
        checksum = record["checksum"]?.string
        if let algorithm = record["os_hash_algo"]?.string, let value = record["os_hash_value"]?.string {
            hash = (algorithm, value)
        }
        var metadata: [String: String] = [
            "image_id": id, "image_name": name ?? "", "disk_format": diskFormat, "container_format": containerFormat,
            "size": String(sizeBytes), "min_disk": String(minDiskGiB), "min_ram": String(record["min_ram"]?.int ?? 0),
        ]
        if let checksum { metadata["checksum"] = checksum }
        for (name, value) in members where !Self.ownMembers.contains(name) {
            if let text = value.string { metadata[name] = text }
        }
        volumeMetadata = metadata
    }

    /// The image's members that are no properties.
    private static let ownMembers: Set<String> = [
        "id", "name", "status", "disk_format", "container_format", "size", "min_disk", "min_ram", "checksum",
        "os_hash_algo", "os_hash_value", "owner", "visibility", "protected", "created_at", "updated_at", "tags", "self",
        "file", "schema", "virtual_size", "os_hidden", "locations", "direct_url", "stores",
    ]
}
