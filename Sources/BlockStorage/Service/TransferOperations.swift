package import Core
import Crypto
import Database

/// Handing a volume over to another project.
extension VolumeOperations {
    package var transfers: TransferStore { TransferStore(database: storage.database) }

    /// Offers an available volume.
    /// - Returns: the offer and the key, which is shown this once and not stored.
    package func offer(
        _ volume: Volume, name: String?, leavesSnapshots: Bool
    ) async throws -> (transfer: Transfer, key: String) {
        let id: TransferID = storage.ids.id()
        let (salt, key, now) = (storage.ids.hex(), String(storage.ids.hex().prefix(16)), now)
        let hash = Self.hash(salt, key)
        try await storage.database.transaction("offer-volume") { transaction in
            let snapshots = try SnapshotStore.ofVolume(volume.id, in: transaction)
            guard !leavesSnapshots || snapshots.isEmpty else {
                throw ServiceError(
                    .badRequest, "Invalid volume: a volume's snapshots go with it; delete them to leave them out.")
            }
            let matched = try transaction.execute(
                VolumeStore.move(volume.id, from: [.available], to: .awaitingTransfer, now: now))
            guard matched > 0 else {
                throw ServiceError(
                    .badRequest,
                    "Invalid volume: Volume \(volume.id) status must be available to transfer, but is \(volume.status.rawValue)."
                )
            }
            try transaction.execute(
                """
                INSERT INTO transfers (id, volume_id, project_id, name, salt, key_hash, no_snapshots, created_at)
                VALUES (\(id), \(volume.id), \(volume.projectID), \(name), \(salt), \(hash), \(leavesSnapshots), \(now))
                """)
        }
        return (try await transfers.find(id, .everything), key)
    }

    /// Takes an offered volume over.
    package func accept(
        _ id: TransferID, key: String, project: ProjectID, context: RequestContext
    ) async throws -> Transfer {
        let transfer = try await transfers.find(id, .everything)
        guard constantTimeEquals(Array(Self.hash(transfer.salt, key).utf8), Array(transfer.keyHash.utf8)) else {
            throw ServiceError(.badRequest, "Invalid auth key: Attempt to transfer \(id) with invalid auth key.")
        }
        let now = now
        try await storage.database.transaction("accept-volume") { [quotas] transaction in
            let quota = try quotas.locked(project, in: transaction)
            guard let row = try transaction.first("\(sql: VolumeStore.one(transfer.volume)) FOR UPDATE") else {
                throw VolumeStore.missing(transfer.volume)
            }
            let volume = try Volume(row)
            let snapshots = try SnapshotStore.ofVolume(volume.id, in: transaction)
            try quota.check(
                volumes: 1, snapshots: snapshots.count,
                gigabytes: volume.sizeGiB + snapshots.reduce(0) { $0 + $1.sizeGiB }, volumeSize: volume.sizeGiB)
            let taken = try transaction.execute(
                "UPDATE transfers SET deleted_at = \(now) WHERE id = \(id) AND deleted_at IS NULL")
            guard taken > 0 else { throw TransferStore.missing(id) }
            let moved = try transaction.execute(
                VolumeStore.move(
                    volume.id, from: [.awaitingTransfer], to: .available,
                    setting: ", project_id = \(project), user_id = \(context.userID)", now: now))
            guard moved > 0 else {
                throw ServiceError(.badRequest, "Invalid volume: Volume \(volume.id) is not awaiting a transfer.")
            }
            try transaction.execute(
                """
                UPDATE snapshots SET project_id = \(project), user_id = \(context.userID), version = version + 1
                WHERE volume_id = \(volume.id) AND deleted_at IS NULL
                """)
        }
        return transfer
    }

    /// Takes an offer back.
    package func withdraw(_ transfer: Transfer) async throws {
        let now = now
        try await storage.database.transaction("withdraw-volume") { transaction in
            let matched = try transaction.execute(
                "UPDATE transfers SET deleted_at = \(now) WHERE id = \(transfer.id) AND deleted_at IS NULL")
            guard matched > 0 else { throw TransferStore.missing(transfer.id) }
            try transaction.execute(
                VolumeStore.move(transfer.volume, from: [.awaitingTransfer], to: .available, now: now))
        }
    }

    /// The key is random and long, so a plain salted hash is enough.
    private static func hash(_ salt: String, _ key: String) -> String {
        Hex.encode(SHA256.hash(data: Array("\(salt):\(key)".utf8)))
    }
}
