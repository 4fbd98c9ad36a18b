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
            try await checkBackend(state, storage)
            guard state.image != nil else { return }
            _ = try await storage.volumes.move(
                state.volume, from: [.creating, .downloading], to: .downloading, now: storage.clock.now())
        } undo: { state, storage, run in
            let (action, detail) = reason(state, run.failure)
            try await storage.tell(action, detail, .volume, state.volume.rawValue, run)
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

    /// The scheduler of one backend: it has what the volume's type asks for, or there is none that has.
    private static func checkBackend(_ state: State, _ storage: StorageEnvironment) async throws {
        guard let type = try await storage.volumes.find(state.volume, .everything).type else { return }
        let specs = try await storage.types.find(type, .everything).extraSpecs
        if let unmet = BackendCapabilities(backend: storage.backend.name).unmet(specs) {
            throw ServiceError(
                .conflict, "No valid backend was found.",
                detail: "the volume type asks for \(unmet)=\(specs[unmet] ?? "")")
        }
    }

    private static func reason(
        _ state: State, _ failure: SagaFailure?
    ) -> (UserMessage.Action, UserMessage.Detail) {
        if failure?.step == "begin" {
            return (.allocateVolume, failure?.code == ServiceError.Code.conflict.name ? .noBackend : .unknown)
        }
        guard state.image != nil else { return (.createVolume, .createFailed) }
        switch failure?.code {
        case ServiceError.Code.tooLarge.name: return (.copyImageToVolume, .imageTooBig)
        case ServiceError.Code.badRequest.name: return (.copyImageToVolume, .imageFormat)
        default: return (.copyImageToVolume, .unknown)
        }
    }
}
