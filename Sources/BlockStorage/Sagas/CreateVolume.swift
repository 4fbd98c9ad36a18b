package import Core
import Database
import Logging
package import Workflow

/// Gives an accepted volume its blocks: empty, or from a snapshot, a volume, or an image.
package enum CreateVolume: Saga {
    package struct State: Codable, Sendable {
        package var volume: VolumeID
        package var sizeGiB: Int
        package var snapshot: SnapshotID?
        package var source: VolumeID?
        package var image: ImageID?
    }

    package static let name = "create-volume"
    package static let version = 1
    package static let steps: [SagaStep<State, StorageEnvironment>] = [
        SagaStep("begin") { state, storage, _ in
            guard state.image != nil else { return }
            _ = try await storage.volumes.move(
                state.volume, from: [.creating, .downloading], to: .downloading, now: storage.clock.now())
        } undo: { state, storage, run in
            storage.logger.warning(
                "volume was not made",
                metadata: ["volume_id": "\(state.volume)", "reason": "\(run.failure?.message ?? "")"])
            _ = try await storage.volumes.move(
                state.volume, from: [.creating, .downloading], to: .error, now: storage.clock.now())
        },
        SagaStep("blocks") { state, storage, run in
            if let image = state.image {
                try await ImageToVolume(storage: storage).run(
                    image, volume: state.volume, sizeGiB: state.sizeGiB, context: run.context)
            } else {
                let content: VolumeContent =
                    state.snapshot.map { .snapshot($0) } ?? state.source.map { .volume($0) } ?? .empty
                try await storage.backend.create(state.volume, sizeGiB: state.sizeGiB, content: content)
            }
        } undo: { state, storage, _ in
            // Only while it is still being made: one that somebody has meanwhile attached keeps its blocks.
            let change = try await storage.volumes.move(
                state.volume, from: [.creating, .downloading], to: .creating, now: storage.clock.now())
            guard case .changed = change else { return }
            try await storage.backend.delete(state.volume)
        },
        SagaStep("available") { state, storage, _ in
            _ = try await storage.volumes.move(
                state.volume, from: [.creating, .downloading], to: .available, now: storage.clock.now())
        } undo: { state, storage, _ in
            // It may have been shown as available already: taken back, so that none without blocks stays so.
            _ = try await storage.volumes.move(
                state.volume, from: [.available], to: .creating, now: storage.clock.now())
        },
    ]
}
