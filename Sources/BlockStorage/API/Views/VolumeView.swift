import Core
import FoundationEssentials
import WebAPI

/// Volumes as answers show them, by version and by what the caller may see.
struct VolumeView {
    let request: APIRequest
    let showsHost: Bool
    let showsMigration: Bool
    let isAdmin: Bool
    let isService: Bool

    init(_ request: APIRequest) {
        self.request = request
        isAdmin = request.isAdmin
        showsHost = request.isAllowed(VolumePolicy.hostAttribute)
        showsMigration = request.isAllowed(VolumePolicy.migrationAttribute)
        isService = AttachmentOperations.isService(request.context)
    }

    func summary(_ json: inout JSONWriter, _ volume: Volume) {
        json.object {
            $0.field("id", volume.id)
            $0.field("name", volume.name)
            $0.field("links") { links(&$0, volume.id.rawValue, "volumes") }
        }
    }

    /// - Parameter isCreated: the answer to a create or update, which leaves out what extensions add.
    func detail(_ json: inout JSONWriter, _ volume: Volume, _ attachments: [Attachment], isCreated: Bool = false) {
        let version = request.version
        json.object {
            $0.field("id", volume.id)
            $0.field("status", volume.status == .managing ? "creating" : volume.status.rawValue)
            $0.field("size", volume.sizeGiB)
            $0.field("availability_zone", volume.availabilityZone)
            $0.field("created_at", volume.createdAt.iso8601Micro)
            $0.field("updated_at", volume.updatedAt?.iso8601Micro)
            $0.field("name", volume.name)
            $0.field("description", volume.description)
            $0.field("volume_type", volume.typeName)
            $0.field("snapshot_id", volume.snapshot)
            $0.field("source_volid", volume.source)
            $0.field("metadata", shownMetadata(volume, attachments))
            $0.field("links") { links(&$0, volume.id.rawValue, "volumes") }
            $0.field("user_id", volume.userID)
            $0.field("bootable", volume.isBootable ? "true" : "false")
            $0.field("encrypted", false)
            $0.field("replication_status", String?.none)
            $0.field("consistencygroup_id", String?.none)
            $0.field("multiattach", volume.isMultiattach)
            $0.field("attachments") {
                $0.array(attachments.filter { $0.status == .attached }) { attachment(&$0, $1) }
            }
            if isAdmin { $0.field("migration_status", volume.migrationStatus) }
            if version >= "3.13" { $0.field("group_id", String?.none) }
            if isAdmin, version >= "3.21" { $0.field("provider_id", String?.none) }
            if version >= "3.48" {
                $0.field("shared_targets", false)
                $0.field("service_uuid", String?.none)
            }
            if isAdmin, version >= "3.61" { $0.field("cluster_name", String?.none) }
            if version >= "3.63" { $0.field("volume_type_id", volume.type) }
            if version >= "3.65" { $0.field("consumes_quota", true) }
            if !isCreated { extensions(&$0, volume) }
        }
    }

    private func extensions(_ json: inout JSONWriter, _ volume: Volume) {
        if showsHost { json.field("os-vol-host-attr:host", volume.host) }
        json.field("os-vol-tenant-attr:tenant_id", volume.projectID)
        if showsMigration {
            json.field("os-vol-mig-status-attr:migstat", volume.migrationStatus)
            json.field("os-vol-mig-status-attr:name_id", String?.none)
        }
        if !volume.imageMetadata.isEmpty { json.field("volume_image_metadata", volume.imageMetadata) }
    }

    /// Cinder shows the administrators' `readonly` and `attached_mode` among a volume's own metadata.
    private func shownMetadata(_ volume: Volume, _ attachments: [Attachment]) -> [String: String] {
        var metadata = volume.metadata
        if volume.isReadOnly { metadata["readonly"] = "True" }
        if let mode = attachments.first(where: { $0.status == .attached })?.mode { metadata["attached_mode"] = mode }
        return metadata
    }

    private func attachment(_ json: inout JSONWriter, _ attachment: Attachment) {
        json.object {
            $0.field("id", attachment.volume)
            $0.field("attachment_id", attachment.id)
            $0.field("volume_id", attachment.volume)
            $0.field("server_id", attachment.instance)
            $0.field("host_name", isAdmin || isService ? attachment.host : nil)
            $0.field("device", attachment.device)
            $0.field("attached_at", attachment.attachedAt?.iso8601Micro)
        }
    }

    func links(_ json: inout JSONWriter, _ id: String, _ collection: String) {
        let project = request.context.projectID.map { "/\($0)" } ?? ""
        let links = [
            ("self", "\(request.endpoint)/v3\(project)/\(collection)/\(id)"),
            ("bookmark", "\(request.endpoint)\(project)/\(collection)/\(id)"),
        ]
        json.array(links) { json, link in
            json.object {
                $0.field("rel", link.0)
                $0.field("href", link.1)
            }
        }
    }
}
