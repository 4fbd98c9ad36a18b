package import Core
import Database

/// The volume actions from before the attachments API.
extension AttachmentOperations {
    /// `os-attach`: notes an attachment that somebody else made.
    package func attach(
        _ volume: Volume, instance: ServerID?, host: String?, device: String, mode: String
    ) async throws {
        let id: AttachmentID = storage.ids.id()
        let now = now
        if volume.isReadOnly, mode == "rw" {
            throw ServiceError(
                .badRequest, "Invalid volume attachment mode 'rw': volume \(volume.id) is read-only.")
        }
        try await storage.database.transaction("attach-volume") { transaction in
            let matched = try transaction.execute(
                VolumeStore.move(volume.id, from: VolumeTransitions.attach, to: .inUse, now: now))
            guard matched > 0 else {
                throw ServiceError(
                    .badRequest,
                    "Invalid volume: Volume \(volume.id) status must be available, but is \(volume.status.rawValue).")
            }
            try AttachmentStore.insert(
                id, of: volume, instance: instance, status: .attached, mode: mode, device: device, host: host,
                now: now, in: transaction)
        }
    }

    /// `os-detach`, and with `force` what an administrator does when all else failed.
    package func detach(_ volume: Volume, _ id: AttachmentID?, force: Bool, context: RequestContext) async throws {
        let all = try await storage.attachments.ofVolumes([volume.id])[volume.id] ?? []
        let chosen = id.map { wanted in all.filter { $0.id == wanted } } ?? all
        if id != nil, chosen.isEmpty {
            throw ServiceError(.badRequest, "Volume \(volume.id) has no such attachment.")
        }
        guard id != nil || chosen.count <= 1 else {
            throw ServiceError(
                .badRequest,
                "Invalid volume: Volume \(volume.id) is attached to more than one server: the attachment's id is needed."
            )
        }
        guard let attachment = chosen.first else {
            let change = try await storage.volumes.move(
                volume.id, from: [.inUse, .detaching, .attaching, .reserved], to: .available, now: now)
            guard case .changed = change else {
                throw ServiceError(.badRequest, "Invalid volume: Volume \(volume.id) is not attached.")
            }
            return
        }
        if !force { try await checkRemovable(attachment, context) }
        try await storage.database.execute(
            """
            UPDATE attachments SET status = 'detaching', updated_at = \(now), version = version + 1
            WHERE id = \(attachment.id) AND deleted_at IS NULL
            """)
        try await finishRemoval(attachment)
    }

    /// One of the small moves: reserve, unreserve, begin and roll back detaching.
    package func move(_ volume: Volume, from: [VolumeStatus], to: VolumeStatus) async throws {
        switch try await storage.volumes.move(volume.id, from: from, to: to, now: now) {
        case .changed: return
        case .missing: throw VolumeStore.missing(volume.id)
        case .conflict(let row):
            let status = try Volume(row).status.rawValue
            let wanted = from.map(\.rawValue).joined(separator: " or ")
            throw ServiceError(
                .badRequest,
                "Invalid volume: Volume \(volume.id) status must be \(wanted), but current status is: \(status).")
        }
    }

    /// Gives up a reservation: back to what its attachments say.
    package func unreserve(_ volume: Volume) async throws {
        let left = try await storage.attachments.ofVolumes([volume.id])[volume.id] ?? []
        let target = Self.status(with: left.filter { $0.status == .attached })
        try await move(volume, from: VolumeTransitions.unreserve, to: target)
    }
}
