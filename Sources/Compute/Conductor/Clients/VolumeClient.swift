package import Core
package import IdentityClient

/// What the conductor asks of the block storage service. Every call can be repeated.
package protocol VolumeClient: Sendable {
    /// Reserves a volume for a server: the attachment exists, without a connection yet.
    /// - Throws: `.conflict` when the volume is in use or not ready.
    func ensureAttachment(
        of volume: VolumeID, to server: ServerID, _ context: RequestContext
    ) async throws -> AttachmentID

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

    package func ensureAttachment(
        of volume: VolumeID, to server: ServerID, _ context: RequestContext
    ) async throws -> AttachmentID {
        let existing = try await session.request(
            .get, "/v3/attachments",
            query: [("instance_id", server.rawValue), ("volume_id", volume.rawValue), ("all_tenants", "true")],
            microversion: Self.version, context: context)
        if let id = existing.json["attachments"]?[0]?["id"]?.string { return AttachmentID(id) }
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
