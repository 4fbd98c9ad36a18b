import Core
import Database
import FoundationEssentials

enum BlockStorageState: SettingGroup {
    static let group = "block_storage"
    static let name = "state_path"
    static let fallback = "/var/lib/apus/block-storage"
}

enum BlockStorageVolumes: SettingGroup {
    static let group = "block_storage"
    static let name = "volumes_path"
    static let fallback = ""
}

enum TargetControlPort: SettingGroup {
    static let group = "block_storage"
    static let name = "tgt_control_port"
    static let fallback = "0"
}

/// Volumes' files against volumes.
struct VolumeFilesCheck: DoctorCheck {
    let name = "volumes' files"

    func run(_ cloud: DoctorContext) async throws -> [Finding] {
        let configuration = try await cloud.configuration("block-storage.conf")
        let state = try configuration.read(Setting<BlockStorageState>.self).value
        let given = try configuration.read(Setting<BlockStorageVolumes>.self).value
        let folder = given.isEmpty ? "\(state)/volumes" : given
        let rows = try await cloud.database("block-storage").query(
            "SELECT id, status FROM volumes WHERE deleted_at IS NULL")
        var volumes: [String: String] = [:]
        for row in rows { volumes[try row.get("id")] = try row.get("status") }
        let names =
            FileManager.default.fileExists(atPath: folder)
            ? try FileManager.default.contentsOfDirectory(atPath: folder) : []
        let files = Set(names.filter { $0.hasPrefix("volume-") }.map { String($0.dropFirst("volume-".count)) })
        let settled = ["available", "in-use", "reserved", "uploading", "backing-up", "maintenance"]
        return volumes.filter { settled.contains($0.value) && !files.contains($0.key) }.keys.sorted().map {
            Finding(kind: .missing, what: "file \(folder)/volume-\($0)", detail: "the volume is \(volumes[$0] ?? "")")
        } + files.filter { id in !volumes.keys.contains { id == $0 || id.hasPrefix("\($0).") } }.sorted().map {
            Finding(kind: .leftover, what: "file \(folder)/volume-\($0)", detail: "no volume has that id")
        }
    }
}

/// iSCSI targets against attachments.
struct TargetsCheck: DoctorCheck {
    let name = "iSCSI targets"

    func run(_ cloud: DoctorContext) async throws -> [Finding] {
        let port = try await cloud.configuration("block-storage.conf").read(Setting<TargetControlPort>.self).value
        let exported = try await cloud.values(
            "block-storage",
            """
            SELECT DISTINCT volume_id FROM attachments
            WHERE connector IS NOT NULL AND status <> 'detaching' AND deleted_at IS NULL
            """, "volume_id")
        let text = try await cloud.output(
            "tgtadm", ["-C", port, "--lld", "iscsi", "--mode", "target", "--op", "show"])
        let prefix = "iqn.2010-10.org.openstack:volume-"
        let targets = Set(
            text.split(whereSeparator: \.isNewline).compactMap { line -> String? in
                guard line.hasPrefix("Target "), let start = line.firstRange(of: prefix)?.upperBound else { return nil }
                return String(line[start...].prefix { $0.isHexDigit || $0 == "-" })
            })
        return exported.subtracting(targets).sorted().map {
            Finding(kind: .missing, what: "target \(prefix)\($0)", detail: "the volume has a connected attachment")
        } + targets.subtracting(exported).sorted().map {
            Finding(kind: .leftover, what: "target \(prefix)\($0)", detail: "the volume has no connected attachment")
        }
    }
}

/// Attachments as block storage and as compute see them.
struct AttachmentsCheck: DoctorCheck {
    let name = "volume attachments"

    func run(_ cloud: DoctorContext) async throws -> [Finding] {
        let attachments = try await cloud.values(
            "block-storage",
            "SELECT id FROM attachments WHERE instance_uuid IS NOT NULL AND deleted_at IS NULL")
        let devices = try await cloud.values(
            "compute",
            """
            SELECT b.attachment_id FROM block_devices b JOIN servers s ON s.id = b.server_id
            WHERE b.attachment_id IS NOT NULL AND s.deleted_at IS NULL
            """, "attachment_id")
        return devices.subtracting(attachments).sorted().map {
            Finding(kind: .missing, what: "attachment \($0)", detail: "a server's disk refers to it")
        } + attachments.subtracting(devices).sorted().map {
            Finding(kind: .leftover, what: "attachment \($0)", detail: "no server's disk refers to it")
        }
    }
}
