import BlockStorage
import Core
import Database

/// iSCSI targets against attachments, and their sessions against running servers.
struct TargetsCheck: DoctorCheck {
    let name = "targets"
    let summary = "tgtd's targets against connected attachments; sessions of running servers"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let listing = try await Self.listed(cloud)
        let rows = try await cloud.database("block-storage").query(
            """
            SELECT volume_id, instance_uuid, status FROM attachments
            WHERE connector IS NOT NULL AND status <> 'detaching' AND deleted_at IS NULL
            """)
        var connected: [String: (server: String?, status: String)] = [:]
        for row in rows { connected[try row.get("volume_id")] = (try row.get("instance_uuid"), try row.get("status")) }
        let busy = try await cloud.underWay()
        let running =
            cloud.isConfigured("compute")
            ? try await cloud.values(
                "compute",
                "SELECT id FROM servers WHERE vm_state = 'active' AND task_state IS NULL AND deleted_at IS NULL") : []
        var findings: [Finding] = []
        for (volume, attachment) in connected.sorted(by: { $0.key < $1.key }) {
            if busy.contains(volume) || attachment.server.map(busy.contains) == true { continue }
            guard let target = listing[volume] else {
                findings.append(
                    Finding(
                        .critical, .missing, "target \(ISCSITargets.name(of: VolumeID(volume)))",
                        "the volume has a connected attachment",
                        advice: "block-storage makes it again within 15 s: see whether it and tgtd run"))
                continue
            }
            guard target.sessions.isEmpty, attachment.status == "attached", let server = attachment.server,
                running.contains(server)
            else { continue }
            findings.append(
                Finding(
                    .critical, .mismatch, "target \(target.name)", "nobody is logged in, and server \(server) runs",
                    advice: "QEMU logs in again when the guest uses the disk; if not: "
                        + "openstack server reboot --hard \(server)"))
        }
        for (volume, target) in listing.sorted(by: { $0.key < $1.key })
        where connected[volume] == nil && !busy.contains(volume) {
            findings.append(Self.leftover(target, volume))
        }
        return findings
    }

    /// Targets of ours by volume.
    private static func listed(_ cloud: Cloud) async throws -> [String: TargetListing.Target] {
        let text = try await tgtadm(["--mode", "target", "--op", "show"], cloud)
        var found: [String: TargetListing.Target] = [:]
        for target in TargetListing(text).targets where target.name.hasPrefix(ISCSITargets.prefix) {
            found[String(target.name.dropFirst(ISCSITargets.prefix.count))] = target
        }
        return found
    }

    private static func tgtadm(_ arguments: [String], _ cloud: Cloud) async throws -> String {
        let port = try cloud.configuration("block-storage.conf").read(Setting<TargetControlPort>.self).value
        return try await cloud.output("tgtadm", ["-C", port, "--lld", "iscsi"] + arguments)
    }

    private static func leftover(_ target: TargetListing.Target, _ volume: String) -> Finding {
        Finding(
            .warning, .leftover, "target \(target.name)", "the volume has no connected attachment",
            advice: "block-storage removes it within 15 s: see whether it runs",
            repair: Repair("remove target \(target.name)") { cloud in
                guard let now = try await listed(cloud)[volume] else { return .refused("it is gone already") }
                guard now.sessions.isEmpty else { return .refused("somebody is logged in") }
                let row = try await cloud.database("block-storage").first(
                    """
                    SELECT id FROM attachments
                    WHERE volume_id = \(volume) AND connector IS NOT NULL AND deleted_at IS NULL LIMIT 1
                    """)
                guard row == nil else { return .refused("the volume has an attachment by now") }
                guard try await !cloud.isUnderWay(volume) else { return .refused("a workflow of it is under way") }
                return try await remove(now, cloud)
            })
    }

    /// Without force: tgtd refuses when somebody has logged in meanwhile.
    private static func remove(_ target: TargetListing.Target, _ cloud: Cloud) async throws -> Repair.Outcome {
        for address in target.allowed {
            _ = try await tgtadm(
                ["--mode", "target", "--op", "unbind", "--tid", "\(target.number)", "--initiator-address", address],
                cloud)
        }
        _ = try await tgtadm(["--mode", "target", "--op", "delete", "--tid", "\(target.number)"], cloud)
        for user in target.accounts {
            _ = try await tgtadm(["--mode", "account", "--op", "delete", "--user", user], cloud)
        }
        return .done("removed")
    }
}
