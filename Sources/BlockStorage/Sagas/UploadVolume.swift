package import Core
import NIOCore
package import Workflow

/// Makes an image of a volume's content.
package enum UploadVolume: Saga {
    package struct State: Codable, Sendable {
        package var volume: VolumeID
        package var image: ImageID
        package var diskFormat: String
        /// The image's record, as the image service takes it.
        package var record: JSONValue
    }

    package static let name = "upload-volume"
    package static let version = 1
    package static let steps: [SagaStep<State, StorageEnvironment>] = [
        SagaStep("begin") { _, _, _ in
        } undo: { state, storage, run in
            try await storage.tell(.copyVolumeToImage, .uploadFailed, .volume, state.volume.rawValue, run)
            _ = try await storage.volumes.move(
                state.volume, from: [.uploading], to: .available, now: storage.clock.now())
        },
        SagaStep("data") { state, storage, run in
            let source = storage.backend.path(of: state.volume)
            var path = source
            if state.diskFormat != "raw" {
                path = storage.backend.incomingPath(of: state.volume) + ".image"
                try await storage.conversion.convert(source, from: "raw", to: state.diskFormat, path)
            }
            let opened = path
            let files = storage.files
            let file = try await files.run { try SequentialFile(reading: opened) }
            let size = try await files.run { try File.size(opened) } ?? 0
            try await storage.images.upload(state.image, size: size, context: run.context) {
                let bytes = try await files.run { try file.read(1 << 20) }
                return bytes.isEmpty ? nil : ByteBuffer(bytes: bytes)
            }
            if path != source { try await storage.backend.discardIncoming(state.volume) }
        } undo: { state, storage, run in
            try await storage.backend.discardIncoming(state.volume)
            try await storage.images.delete(state.image, context: run.context)
        },
        SagaStep("available") { state, storage, _ in
            _ = try await storage.volumes.move(
                state.volume, from: [.uploading], to: .available, now: storage.clock.now())
        },
    ]
}
