package import Core
import Database
import Workflow

extension VolumeOperations {
    /// What an upload answers.
    package struct Upload: Sendable {
        package let image: ImageID
        package let volume: Volume
    }

    /// Makes an image of a volume.
    package func upload(
        _ volume: Volume, name: String, diskFormat: String, containerFormat: String, visibility: String,
        isProtected: Bool, context: RequestContext
    ) async throws -> Upload {
        guard diskFormat == "raw" || diskFormat == "qcow2" else {
            throw ServiceError(.badRequest, "Volumes are uploaded as raw or qcow2, not as \(diskFormat).")
        }
        guard VolumeTransitions.upload.contains(volume.status) else {
            throw ServiceError(
                .badRequest,
                "Invalid volume: Volume \(volume.id) status must be available, but current status is: \(volume.status.rawValue)."
            )
        }
        let image: ImageID = storage.ids.id()
        var record: [String: JSONValue] = [
            "id": .string(image.rawValue), "name": .string(name), "disk_format": .string(diskFormat),
            "container_format": .string(containerFormat), "visibility": .string(visibility),
            "protected": .bool(isProtected), "min_disk": .integer(Int64(volume.sizeGiB)),
            "owner": .string(volume.projectID.rawValue),
        ]
        let own: Set<String> = [
            "image_id", "image_name", "disk_format", "container_format", "size", "min_disk", "min_ram", "checksum",
        ]
        for (name, value) in volume.imageMetadata where !own.contains(name) { record[name] = .string(value) }
        // The record first: if the image service refuses it, the volume has not moved.
        try await storage.images.create(image, .object(record), context: context)
        let state = UploadVolume.State(
            volume: volume.id, image: image, diskFormat: diskFormat, record: .object(record))
        let (saga, now) = (storage.ids.uuid(), now)
        do {
            try await storage.database.transaction("upload-volume") { transaction in
                let matched = try transaction.execute(
                    VolumeStore.move(volume.id, from: VolumeTransitions.upload, to: .uploading, now: now))
                guard matched > 0 else {
                    throw ServiceError(.badRequest, "Invalid volume: Volume \(volume.id) is busy.")
                }
                try SagaStarter.start(
                    UploadVolume.self, id: saga, subject: volume.id.rawValue, state: state, context: context,
                    in: transaction)
            }
        } catch {
            try await storage.images.delete(image, context: context)
            throw error
        }
        engine.wake()
        return Upload(image: image, volume: try await storage.volumes.find(volume.id, .everything))
    }
}
