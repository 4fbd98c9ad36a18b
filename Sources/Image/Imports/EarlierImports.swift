import Core
import Workflow

/// Imports that earlier versions of this service accepted, and that an upgrade found under way: they go on from the
/// step they had come to. To go when nobody upgrades from those any more.
///
/// Version 1 knew one store, and read, checked and stored in one step.
enum ImportImageVersion1: Saga {
    typealias Environment = ImportEnvironment

    struct State: Codable, Sendable {
        var image: ImageID
        var task: String
        var upload: String
        var method: ImportMethod
        var uri: String?
        var source: RemoteImage?
        var host: String?

        func current(_ core: ImageCore) -> ImportImage.State {
            ImportImage.State(
                image: image, task: task, upload: upload, method: method, uri: uri, source: source, host: host,
                stores: [core.stores.primary.id])
        }
    }

    static let name = ImportImage.name
    static let version = 1

    static let steps: [SagaStep<State, Environment>] = ["store", "finish"].compactMap { name in
        ImportImage.steps.first { $0.name == name }.map { step in
            SagaStep(step.name) { state, env, run in
                var current = state.current(env.core)
                try await step.run(&current, env, run)
            } undo: { state, env, run in
                var current = state.current(env.core)
                try await step.undo?(&current, env, run)
            }
        }
    }
}

/// Version 2 knew no plugins.
enum ImportImageVersion2: Saga {
    typealias Environment = ImportEnvironment
    typealias State = ImportImage.State

    static let name = ImportImage.name
    static let version = 2

    static let steps = ImportImage.steps.filter { ["fetch", "store", "finish"].contains($0.name) }
}

/// Version 3 decompressed nothing.
enum ImportImageVersion3: Saga {
    typealias Environment = ImportEnvironment
    typealias State = ImportImage.State

    static let name = ImportImage.name
    static let version = 3

    static let steps = ImportImage.steps.filter { !["decompress", "expand"].contains($0.name) }
}

extension ImportEnvironment {
    /// What the daemon's engine runs.
    static var sagas: [any Saga<ImportEnvironment>.Type] {
        [
            ImportImage.self, ImportImageVersion3.self, ImportImageVersion2.self, ImportImageVersion1.self,
            ImportLocation.self,
        ]
    }
}
