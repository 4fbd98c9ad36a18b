package import Core
package import IdentityClient

/// What compute-api asks of the block storage service; attachments themselves are the conductor's.
package struct VolumeClient: Sendable {
    package struct Volume: Sendable {
        package var id: VolumeID
        package var status: String
        package var sizeGiB: Int
        package var isMultiattach: Bool
        package var isBootable: Bool
        package var zone: String?
        package var imageMetadata: [String: String]
    }

    private let session: ServiceSession

    package init(_ session: ServiceSession) { self.session = session }

    /// A volume of the caller's project.
    /// - Throws: `.notFound` also for one that belongs to another project.
    package func volume(_ id: VolumeID, for context: RequestContext, isAdmin: Bool) async throws -> Volume {
        let missing = ServiceError(.notFound, "Volume \(id) could not be found.")
        guard isUUIDLike(id.rawValue) else { throw missing }
        let answer = try await session.request(.get, "/v3/volumes/\(id)", context: context, accepting: [404, 403])
        guard answer.status == 200, let json = answer.json["volume"] else { throw missing }
        let owner = json["os-vol-tenant-attr:tenant_id"]?.string
        guard isAdmin || owner == nil || owner == context.projectID?.rawValue else { throw missing }
        let metadata = (json["volume_image_metadata"]?.object ?? [:]).compactMapValues { $0.string }
        return Volume(
            id: id, status: json["status"]?.string ?? "", sizeGiB: json["size"]?.int ?? 0,
            isMultiattach: json["multiattach"]?.bool ?? false, isBootable: json["bootable"]?.string == "true",
            zone: json["availability_zone"]?.string, imageMetadata: metadata)
    }

    /// The volume that a snapshot of the caller's project was taken of; nil when there is no such snapshot.
    package func volume(
        ofSnapshot id: String, for context: RequestContext, isAdmin: Bool
    ) async throws -> VolumeID? {
        guard isUUIDLike(id) else { return nil }
        let answer = try await session.request(.get, "/v3/snapshots/\(id)", context: context, accepting: [404, 403])
        guard answer.status == 200, let json = answer.json["snapshot"] else { return nil }
        let owner = json["os-extended-snapshot-attributes:project_id"]?.string
        guard isAdmin || owner == nil || owner == context.projectID?.rawValue else { return nil }
        return json["volume_id"]?.string.map { VolumeID($0) }
    }
}
