import Core
import Database

/// Attachments as block storage and as compute see them, and what volumes say of theirs.
struct AttachmentsCheck: DoctorCheck {
    let name = "attachments"
    let summary = "volume attachments as block-storage and as compute see them, and the volumes' status"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let rows = try await cloud.database("block-storage").query(
            "SELECT id, volume_id, instance_uuid FROM attachments WHERE deleted_at IS NULL")
        let devices = try await cloud.database("compute").query(
            """
            SELECT b.attachment_id, b.server_id, b.volume_id FROM block_devices b JOIN servers s ON s.id = b.server_id
            WHERE b.attachment_id IS NOT NULL AND s.deleted_at IS NULL
            """)
        let busy = try await cloud.underWay()
        let wanted = Set(try devices.map { try $0.get("attachment_id", as: String.self) })
        var known: Set<String> = []
        var attached: Set<String> = []
        var findings: [Finding] = []
        for row in rows {
            let id: String = try row.get("id")
            known.insert(id)
            attached.insert(try row.get("volume_id"))
            guard let server: String = try row.get("instance_uuid"), !wanted.contains(id), !busy.contains(server) else {
                continue
            }
            findings.append(
                Finding(
                    .warning, .leftover, "attachment \(id)", "no disk of server \(server) refers to it",
                    advice: "openstack --os-volume-api-version 3.27 volume attachment delete \(id)"))
        }
        for row in devices {
            let id: String = try row.get("attachment_id")
            let server: String = try row.get("server_id")
            guard !known.contains(id), !busy.contains(server) else { continue }
            findings.append(
                Finding(
                    .critical, .missing, "attachment \(id)",
                    "a disk of server \(server) refers to it",
                    advice: "openstack server remove volume \(server) VOLUME, then add it again"))
        }
        return try await findings + Self.statuses(attached, busy, cloud)
    }

    /// Volumes whose status says something else than their attachments.
    private static func statuses(_ attached: Set<String>, _ busy: Set<String>, _ cloud: Cloud) async throws -> [Finding]
    {
        let volumes = try await cloud.database("block-storage").query(
            """
            SELECT id, status FROM volumes WHERE deleted_at IS NULL
                AND status IN ('available', 'in-use', 'attaching', 'detaching')
                AND COALESCE(updated_at, created_at) < UTC_TIMESTAMP(6) - INTERVAL 5 SECOND
            """)
        return try volumes.compactMap { row in
            let id: String = try row.get("id")
            let status: String = try row.get("status")
            guard !busy.contains(id), attached.contains(id) == (status == "available") else { return nil }
            return Finding(
                .warning, .mismatch, "volume \(id)",
                "it is \(status), and has \(status == "available" ? "an" : "no") attachment",
                advice: "openstack volume set --state \(status == "available" ? "in-use" : "available") \(id)")
        }
    }
}
