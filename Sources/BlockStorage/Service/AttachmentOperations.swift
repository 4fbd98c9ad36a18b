package import Core
import Database
import FoundationEssentials

/// Attaching and detaching, by the attachments API and by the older volume actions.
package struct AttachmentOperations: Sendable {
    package let storage: StorageEnvironment
    package let servers: any ServerAttachments
    let portal: String?

    package init(storage: StorageEnvironment, servers: any ServerAttachments, portal: String?) {
        self.storage = storage
        self.servers = servers
        self.portal = portal
    }

    var exports: Exports { Exports(storage: storage) }
    var now: Date { storage.clock.now() }

    // MARK: Create

    /// Reserves a volume for a server; with a connector it is connected at once.
    package func create(
        _ volume: Volume, instance: ServerID?, connector: JSONValue?, mode: String?
    ) async throws -> Attachment {
        let id: AttachmentID = storage.ids.id()
        let now = now
        let effective = mode ?? connector?["mode"]?.string ?? (volume.isReadOnly ? "ro" : "rw")
        if volume.isReadOnly, effective == "rw" {
            throw ServiceError(.badRequest, "Invalid volume attachment mode 'rw': volume \(volume.id) is read-only.")
        }
        try await storage.database.transaction("reserve-volume") { transaction in
            let matched = try transaction.execute(
                VolumeStore.move(volume.id, from: VolumeTransitions.reserve, to: .reserved, now: now))
            if matched == 0 {
                // In use: again by the server that has it (live migration), or by others if it may be shared.
                let others = try AttachmentStore.ofVolume(volume.id, in: transaction)
                guard let row = try transaction.first("\(sql: VolumeStore.one(volume.id)) FOR UPDATE") else {
                    throw VolumeStore.missing(volume.id)
                }
                let current = try Volume(row)
                let isSame = instance != nil && others.contains { $0.instance == instance }
                let mayShare = current.isMultiattach && [.inUse, .reserved, .attaching].contains(current.status)
                guard (current.status == .inUse && isSame) || mayShare else {
                    throw ServiceError(
                        .badRequest,
                        """
                        Invalid volume: Volume \(volume.id) status must be available or downloading to reserve, but the \
                        current status is \(current.status.rawValue).
                        """)
                }
            }
            try AttachmentStore.insert(
                id, of: volume, instance: instance, status: .reserved, mode: effective, device: nil, host: nil,
                now: now, in: transaction)
        }
        let attachment = try await storage.attachments.find(id, .everything)
        guard let connector, connector.object?.isEmpty == false else { return attachment }
        return try await connect(attachment, connector)
    }

    /// Exports the volume to the connector's host. Safe to repeat.
    package func connect(_ attachment: Attachment, _ connector: JSONValue) async throws -> Attachment {
        guard connector["initiator"]?.string != nil else {
            throw ServiceError(
                .badRequest, "Invalid input received: the connector names no iSCSI initiator.")
        }
        let now = now
        let status: AttachStatus = attachment.status == .attached ? .attached : .attaching
        let mode = connector["mode"]?.string ?? attachment.mode
        try await storage.database.transaction("connect-volume") { transaction in
            let matched = try transaction.execute(
                """
                UPDATE attachments SET connector = \(connector), status = \(status), mode = \(mode),
                    attached_host = \(connector["host"]?.string),
                    mountpoint = COALESCE(\(connector["mountpoint"]?.string), mountpoint), updated_at = \(now),
                    version = version + 1
                WHERE id = \(attachment.id) AND deleted_at IS NULL AND status IN ('reserved', 'attaching', 'attached')
                """)
            guard matched > 0 else { throw AttachmentStore.missing(attachment.id) }
            try transaction.execute(
                VolumeStore.move(attachment.volume, from: [.reserved], to: .attaching, now: now))
        }
        try await exports.refresh(attachment.volume)
        return try await storage.attachments.find(attachment.id, .everything)
    }

    /// The host has the device: the volume is in use.
    package func complete(_ attachment: Attachment) async throws {
        let now = now
        try await storage.database.transaction("complete-attachment") { transaction in
            let matched = try transaction.execute(
                """
                UPDATE attachments SET status = 'attached', attached_at = COALESCE(attached_at, \(now)),
                    updated_at = \(now), version = version + 1
                WHERE id = \(attachment.id) AND deleted_at IS NULL AND status IN ('reserved', 'attaching', 'attached')
                """)
            guard matched > 0 else { throw AttachmentStore.missing(attachment.id) }
            try transaction.execute(
                VolumeStore.move(
                    attachment.volume, from: [.reserved, .attaching, .available, .inUse], to: .inUse, now: now))
        }
    }

    // MARK: Delete

    /// Removes an attachment: first its export, then its row, so that the volume is not free while a host
    /// can still reach it.
    ///
    /// - Throws: `.conflict` when a server uses it and the caller is no service: the device would stay in
    ///   the guest and show whatever comes to its address next (CVE-2023-2088).
    /// - Returns: the volume's other attachments.
    package func delete(_ attachment: Attachment, context: RequestContext) async throws -> [Attachment] {
        try await checkRemovable(attachment, context)
        let now = now
        try await storage.database.execute(
            """
            UPDATE attachments SET status = 'detaching', updated_at = \(now), version = version + 1
            WHERE id = \(attachment.id) AND deleted_at IS NULL
            """)
        try await finishRemoval(attachment)
        return try await storage.attachments.ofVolumes([attachment.volume])[attachment.volume] ?? []
    }

    /// The part that a crash may break off: repeated by the reconciler.
    package func finishRemoval(_ attachment: Attachment) async throws {
        try await exports.refresh(attachment.volume)
        let now = now
        try await storage.database.transaction("remove-attachment") { transaction in
            try transaction.execute(
                """
                UPDATE attachments SET deleted_at = \(now), detached_at = \(now), version = version + 1
                WHERE id = \(attachment.id) AND deleted_at IS NULL
                """)
            let left = try AttachmentStore.ofVolume(attachment.volume, in: transaction)
            try transaction.execute(
                VolumeStore.move(
                    attachment.volume, from: [.reserved, .attaching, .detaching, .inUse, .errorDeleting],
                    to: Self.status(with: left), now: now))
        }
    }

    /// A volume's status by the attachments it has.
    static func status(with attachments: [Attachment]) -> VolumeStatus {
        if attachments.contains(where: { $0.status == .attached }) { return .inUse }
        if attachments.contains(where: { $0.status == .attaching }) { return .attaching }
        return attachments.isEmpty ? .available : .reserved
    }

    func checkRemovable(_ attachment: Attachment, _ context: RequestContext) async throws {
        if Self.isService(context) { return }
        guard let server = attachment.instance, attachment.isConnected else { return }
        let current = try await servers.attachment(of: attachment.volume, to: server, context: context)
        guard current == attachment.id else { return }
        throw ServiceError(
            .conflict, "Detach volume from instance \(server) using the Compute API",
            detail: "a user's request to delete attachment \(attachment.id), which is in use")
    }

    /// A service's own request, or a user's that came through one.
    static func isService(_ context: RequestContext) -> Bool {
        context.hasRole("service") || context.serviceRoles.contains { $0.lowercased() == "service" }
    }

    // MARK: What the host needs

    /// How the host reaches the volume: flat, as the attachments API writes it. Holds a password.
    package func connectionInfo(_ attachment: Attachment) async throws -> JSONValue {
        guard attachment.isConnected else { return [:] }
        let account = storage.chap.account(for: attachment.id)
        let portal: String
        if let configured = self.portal { portal = configured } else { portal = try await storage.targets.portal() }
        return [
            "driver_volume_type": "iscsi", "attachment_id": .string(attachment.id.rawValue),
            "volume_id": .string(attachment.volume.rawValue), "target_discovered": false,
            "target_portal": .string(portal), "target_iqn": .string(ISCSITargets.name(of: attachment.volume)),
            "target_lun": .integer(Int64(ISCSITargets.lun)), "auth_method": "CHAP",
            "auth_username": .string(account.user), "auth_password": .string(account.password),
            "access_mode": .string(attachment.mode), "encrypted": false, "cacheable": false, "qos_specs": nil,
            "enforce_multipath": false,
        ]
    }
}

/// What compute says of a volume's use.
package protocol ServerAttachments: Sendable {
    /// The attachment by which a server has a volume; nil when it has not, or there is no such server.
    func attachment(of volume: VolumeID, to server: ServerID, context: RequestContext) async throws -> AttachmentID?
}
