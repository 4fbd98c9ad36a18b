package import ComputeModel
package import Core
package import IdentityClient

/// What the conductor asks of the block storage service. Every call can be repeated.
package protocol VolumeClient: Sendable {
    /// Makes the volume that a block device describes, or finds the one that an earlier try made.
    func ensureVolume(
        for device: BlockDevice, project: ProjectID, _ context: RequestContext
    ) async throws -> VolumeID

    /// The volume that an earlier try made for the block device; nil when none did.
    func findVolume(for device: BlockDevice, _ context: RequestContext) async throws -> VolumeID?

    /// Reserves a volume for a server: the attachment exists, without a connection yet.
    /// - Throws: `.conflict` when the volume is in use or not ready.
    func ensureAttachment(
        of volume: VolumeID, to server: ServerID, _ context: RequestContext
    ) async throws -> AttachmentID

    /// The attachment that an earlier try made; nil when none did.
    func findAttachment(
        of volume: VolumeID, to server: ServerID, _ context: RequestContext
    ) async throws -> AttachmentID?

    /// Ends an attachment, and with it the export. One that is gone is no error.
    func deleteAttachment(_ attachment: AttachmentID, _ context: RequestContext) async throws

    /// Deletes a volume. One that is gone is no error.
    func deleteVolume(_ volume: VolumeID, _ context: RequestContext) async throws

    /// `available`, `in-use`, `error`…; nil when there is no such volume.
    func status(of volume: VolumeID, _ context: RequestContext) async throws -> String?
}

/// The block storage service over the Block Storage API v3: ours, or a Cinder.
package struct CinderClient: VolumeClient {
    private let session: ServiceSession

    package init(identity: IdentityClient) {
        session = ServiceSession(identity: identity, service: "block-storage")
    }

    package func ensureVolume(
        for device: BlockDevice, project: ProjectID, _ context: RequestContext
    ) async throws -> VolumeID {
        if let volume = device.volume { return volume }
        if let known = try await findVolume(for: device, context) { return known }
        var volume: [String: JSONValue] = [
            "name": .string(Self.name(of: device)), "project_id": .string(project.rawValue),
        ]
        if let size = device.volumeGiB { volume["size"] = .integer(Int64(size)) }
        if let type = device.volumeType { volume["volume_type"] = .string(type) }
        if let image = device.image { volume["imageRef"] = .string(image.rawValue) }
        if let snapshot = device.snapshot { volume["snapshot_id"] = .string(snapshot) }
        let created = try await session.request(
            .post, "/v3/volumes", json: ["volume": .object(volume)], microversion: Self.version, context: context)
        guard let id = created.json["volume"]?["id"]?.string else {
            throw ServiceError(.badGateway, "The block storage service's answer cannot be read.")
        }
        return VolumeID(id)
    }

    /// The block device's own id is in the name: chosen before the volume is made, it tells any later try, or undo,
    /// which volume that was.
    private static func name(of device: BlockDevice) -> String { "server-disk-\(device.id)" }

    package func findVolume(for device: BlockDevice, _ context: RequestContext) async throws -> VolumeID? {
        let known = try await session.request(
            .get, "/v3/volumes/detail", query: [("all_tenants", "true"), ("name", Self.name(of: device))],
            microversion: Self.version, context: context)
        return known.json["volumes"]?[0]?["id"]?.string.map { VolumeID($0) }
    }

    package func findAttachment(
        of volume: VolumeID, to server: ServerID, _ context: RequestContext
    ) async throws -> AttachmentID? {
        let existing = try await session.request(
            .get, "/v3/attachments",
            query: [("instance_id", server.rawValue), ("volume_id", volume.rawValue), ("all_tenants", "true")],
            microversion: Self.version, context: context)
        return existing.json["attachments"]?[0]?["id"]?.string.map { AttachmentID($0) }
    }

    package func ensureAttachment(
        of volume: VolumeID, to server: ServerID, _ context: RequestContext
    ) async throws -> AttachmentID {
        if let known = try await findAttachment(of: volume, to: server, context) { return known }
        let created = try await session.request(
            .post, "/v3/attachments",
            json: [
                "attachment": [
                    "volume_uuid": .string(volume.rawValue), "instance_uuid": .string(server.rawValue),
                ]
            ], microversion: Self.version, context: context)
        guard let id = created.json["attachment"]?["id"]?.string else {
            throw ServiceError(.badGateway, "The block storage service's answer cannot be read.")
        }
        return AttachmentID(id)
    }

    package func deleteAttachment(_ attachment: AttachmentID, _ context: RequestContext) async throws {
        _ = try await session.request(
            .delete, "/v3/attachments/\(attachment)", microversion: Self.version, context: context, accepting: [404])
    }

    package func deleteVolume(_ volume: VolumeID, _ context: RequestContext) async throws {
        _ = try await session.request(
            .delete, "/v3/volumes/\(volume)", microversion: Self.version, context: context, accepting: [404])
    }

    package func status(of volume: VolumeID, _ context: RequestContext) async throws -> String? {
        let answer = try await session.request(
            .get, "/v3/volumes/\(volume)", microversion: Self.version, context: context, accepting: [404])
        return answer.json["volume"]?["status"]?.string
    }

    /// The first version with everything used here: attachments and their completion.
    private static let version = "3.44"
}
