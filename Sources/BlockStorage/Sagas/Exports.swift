package import Core
import FoundationEssentials
import Logging

/// Keeps tgtd's targets equal to the attachments in the database.
///
/// An attachment's row with its connector is committed before its export is made, and is gone after the
/// export is: so a target without a row is stray, and a row without a target has lost it.
package struct Exports: Sendable {
    package let storage: StorageEnvironment

    package init(storage: StorageEnvironment) { self.storage = storage }

    /// Exports a volume to exactly its connected attachments; to nobody when it has none.
    package func refresh(_ volume: VolumeID) async throws {
        let attachments = try await storage.attachments.ofVolumes([volume])[volume] ?? []
        let connected = attachments.filter { $0.isConnected && $0.status != .detaching }
        try await storage.targets.ensure(
            volume, path: storage.backend.path(of: volume), accounts: connected.map { storage.chap.account(for: $0.id) }
        )
    }

    /// Restores what tgtd lost in a restart, removes what nobody may use, and ends removals that a crash broke off.
    package func reconcile(service: AttachmentOperations) async throws {
        let exported = try await storage.targets.exported()
        let wanted = Set(try await storage.attachments.connected().map(\.volume))
        for volume in exported where !wanted.contains(volume) {
            storage.logger.notice("removing a stray iSCSI target", metadata: ["volume_id": "\(volume)"])
            try await storage.targets.remove(volume)
        }
        for volume in wanted.subtracting(exported) {
            storage.logger.notice("restoring an iSCSI target", metadata: ["volume_id": "\(volume)"])
            try await refresh(volume)
        }
        let limit = storage.clock.now().addingTimeInterval(-60)
        for attachment in try await storage.attachments.halfRemoved(before: limit) {
            try await service.finishRemoval(attachment)
        }
    }
}
