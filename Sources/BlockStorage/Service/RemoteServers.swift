package import Core
package import IdentityClient

/// Asks the compute service.
package struct RemoteServers: ServerAttachments {
    private let session: ServiceSession

    package init(_ session: ServiceSession) { self.session = session }

    package func attachment(
        of volume: VolumeID, to server: ServerID, context: RequestContext
    ) async throws -> AttachmentID? {
        let answer = try await session.request(
            .get, "/v2.1/servers/\(server)/os-volume_attachments/\(volume)", microversion: "2.89", context: context,
            accepting: [404])
        guard answer.status == 200 else { return nil }
        return answer.json["volumeAttachment"]?["attachment_id"]?.string.map { AttachmentID($0) }
    }
}
