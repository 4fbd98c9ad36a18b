package import ComputeModel
package import Core
package import IdentityClient

/// What compute asks of the image service.
package struct ImageClient: Sendable {
    private let session: ServiceSession

    package init(_ session: ServiceSession) { self.session = session }

    /// Image members that are no properties of the guest.
    private static let ownMembers: Set<String> = [
        "id", "name", "status", "visibility", "protected", "checksum", "owner", "size", "virtual_size", "min_ram",
        "min_disk", "disk_format", "container_format", "created_at", "updated_at", "tags", "self", "file", "schema",
        "direct_url", "locations", "os_hash_algo", "os_hash_value", "os_hidden", "stores",
    ]

    /// An image that the caller may boot from.
    /// - Throws: `.badRequest` in Nova's words when there is none that the project may see, or it is not active.
    package func bootable(_ id: ImageID, for context: RequestContext, isAdmin: Bool) async throws -> ImageSpec {
        let missing = ServiceError(.badRequest, "Can not find requested image")
        guard isUUIDLike(id.rawValue) else { throw ServiceError(.badRequest, "Invalid imageRef provided.") }
        let answer = try await session.request(.get, "/v2/images/\(id)", context: context, accepting: [404, 403])
        guard answer.status == 200 else { throw missing }
        let image = answer.json
        guard try await isVisible(image, id, context, isAdmin: isAdmin) else { throw missing }
        guard image["status"]?.string == "active" else {
            throw ServiceError(.badRequest, "Image \(id) is not active.")
        }
        return Self.spec(id, image)
    }

    private func isVisible(
        _ image: JSONValue, _ id: ImageID, _ context: RequestContext, isAdmin: Bool
    ) async throws -> Bool {
        if isAdmin || image["owner"]?.string == context.projectID?.rawValue { return true }
        switch image["visibility"]?.string {
        case "public", "community": return true
        case "shared":
            guard let project = context.projectID else { return false }
            let answer = try await session.request(
                .get, "/v2/images/\(id)/members/\(project)", context: context, accepting: [404, 403])
            return answer.status == 200
        default: return false
        }
    }

    static func spec(_ id: ImageID, _ image: JSONValue) -> ImageSpec {
        let properties = (image.object ?? [:]).compactMapValues { $0.string }.filter { !ownMembers.contains($0.key) }
        return ImageSpec(
            id: id, name: image["name"]?.string ?? "", hash: image["os_hash_value"]?.string,
            hashAlgorithm: image["os_hash_algo"]?.string, diskFormat: image["disk_format"]?.string ?? "raw",
            containerFormat: image["container_format"]?.string ?? "bare",
            sizeBytes: Int64(image["size"]?.int ?? 0), minDiskGiB: image["min_disk"]?.int ?? 0,
            minMemoryMiB: image["min_ram"]?.int ?? 0, properties: properties)
    }

    /// Makes the record that a snapshot's data will be uploaded into, owned by the project.
    package func createSnapshotRecord(
        id: ImageID, name: String, owner: ProjectID, properties: [String: String], minDiskGiB: Int,
        context: RequestContext
    ) async throws {
        var body: [String: JSONValue] = properties.mapValues { .string($0) }
        body["id"] = .string(id.rawValue)
        body["name"] = .string(name)
        body["owner"] = .string(owner.rawValue)
        body["visibility"] = "private"
        body["disk_format"] = "qcow2"
        body["container_format"] = "bare"
        body["min_disk"] = .integer(Int64(minDiskGiB))
        _ = try await session.request(.post, "/v2/images", json: .object(body), context: context)
    }

    package func delete(_ id: ImageID, context: RequestContext) async throws {
        _ = try await session.request(.delete, "/v2/images/\(id)", context: context, accepting: [404])
    }
}
