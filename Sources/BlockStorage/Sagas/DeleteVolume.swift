package import Core
import Database
package import Workflow

/// Removes a volume's snapshots (when asked), its export and its blocks, and then its row.
package enum DeleteVolume: Saga {
    package struct State: Codable, Sendable {
        package var volume: VolumeID
        package var snapshots: [SnapshotID]
    }

    package static let name = "delete-volume"
    package static let version = 1
    package static let steps: [SagaStep<State, StorageEnvironment>] = [
        SagaStep("snapshots") { state, storage, _ in
            for snapshot in state.snapshots {
                try await storage.backend.deleteSnapshot(snapshot)
                try await storage.database.execute(
                    "UPDATE snapshots SET deleted_at = \(storage.clock.now()) WHERE id = \(snapshot) AND deleted_at IS NULL"
                )
            }
        } undo: { state, storage, _ in
            // Nothing comes back: what failed is told, and deleting can be asked for again.
            _ = try await storage.volumes.move(
                state.volume, from: [.deleting], to: .errorDeleting, now: storage.clock.now())
            for snapshot in state.snapshots {
                try await storage.database.execute(
                    SnapshotStore.move(snapshot, from: [.deleting], to: .errorDeleting, now: storage.clock.now()))
            }
        },
        SagaStep("export") { state, storage, _ in
            try await storage.targets.remove(state.volume)
        },
        SagaStep("blocks") { state, storage, _ in
            try await storage.backend.delete(state.volume)
        },
        SagaStep("row") { state, storage, _ in
            let (now, volume) = (storage.clock.now(), state.volume)
            try await storage.database.transaction("forget-volume") { transaction in
                try transaction.execute(
                    """
                    UPDATE volumes SET deleted_at = \(now), version = version + 1
                    WHERE id = \(volume) AND deleted_at IS NULL
                    """)
                try transaction.execute(
                    "UPDATE attachments SET deleted_at = \(now) WHERE volume_id = \(volume) AND deleted_at IS NULL")
            }
        },
    ]
}

/// Makes a volume longer.
package enum ExtendVolume: Saga {
    package struct State: Codable, Sendable {
        package var volume: VolumeID
        package var sizeGiB: Int
    }

    package static let name = "extend-volume"
    package static let version = 1
    package static let steps: [SagaStep<State, StorageEnvironment>] = [
        SagaStep("blocks") { state, storage, _ in
            try await storage.backend.extend(state.volume, sizeGiB: state.sizeGiB)
        } undo: { state, storage, run in
            try await storage.tell(.extendVolume, .extendFailed, .volume, state.volume.rawValue, run)
            _ = try await storage.volumes.move(
                state.volume, from: [.extending], to: .errorExtending, setting: ", extending_to_gib = NULL",
                now: storage.clock.now())
        },
        SagaStep("available") { state, storage, _ in
            _ = try await storage.volumes.move(
                state.volume, from: [.extending], to: .available,
                setting: ", size_gib = \(state.sizeGiB), extending_to_gib = NULL", now: storage.clock.now())
        },
    ]
}
