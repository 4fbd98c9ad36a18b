package import Core
import Database
package import Workflow

/// Copies a volume's blocks as they are now.
package enum CreateSnapshot: Saga {
    package struct State: Codable, Sendable {
        package var snapshot: SnapshotID
        package var volume: VolumeID
    }

    package static let name = "create-snapshot"
    package static let version = 1
    package static let steps: [SagaStep<State, StorageEnvironment>] = [
        SagaStep("begin") { _, _, _ in
        } undo: { state, storage, run in
            try await storage.tell(.createSnapshot, .snapshotFailed, .snapshot, state.snapshot.rawValue, run)
            try await storage.database.execute(
                SnapshotStore.move(state.snapshot, from: [.creating], to: .error, now: storage.clock.now()))
        },
        SagaStep("blocks") { state, storage, _ in
            try await storage.backend.createSnapshot(state.snapshot, of: state.volume)
        } undo: { state, storage, _ in
            try await storage.backend.deleteSnapshot(state.snapshot)
        },
        SagaStep("available") { state, storage, _ in
            try await storage.database.execute(
                SnapshotStore.move(state.snapshot, from: [.creating], to: .available, now: storage.clock.now()))
        } undo: { state, storage, _ in
            try await storage.database.execute(
                SnapshotStore.move(state.snapshot, from: [.available], to: .creating, now: storage.clock.now()))
        },
    ]
}

package enum DeleteSnapshot: Saga {
    package struct State: Codable, Sendable {
        package var snapshot: SnapshotID
    }

    package static let name = "delete-snapshot"
    package static let version = 1
    package static let steps: [SagaStep<State, StorageEnvironment>] = [
        SagaStep("blocks") { state, storage, _ in
            try await storage.backend.deleteSnapshot(state.snapshot)
        } undo: { state, storage, run in
            try await storage.tell(.deleteSnapshot, .snapshotDeleteFailed, .snapshot, state.snapshot.rawValue, run)
            try await storage.database.execute(
                SnapshotStore.move(state.snapshot, from: [.deleting], to: .errorDeleting, now: storage.clock.now()))
        },
        SagaStep("row") { state, storage, _ in
            try await storage.database.execute(
                "UPDATE snapshots SET deleted_at = \(storage.clock.now()) WHERE id = \(state.snapshot) AND deleted_at IS NULL"
            )
        },
    ]
}
