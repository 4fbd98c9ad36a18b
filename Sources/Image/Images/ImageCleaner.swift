import Core
import FoundationEssentials
import Logging

/// Removes what a crash left: uploads of a process that died, data of deleted images, files of no image.
struct ImageCleaner: Sendable {
    let core: ImageCore
    let catalogue: ImageCatalogue

    /// At start: what this host was doing when it stopped will not go on.
    func recover() async throws {
        for (image, upload) in try await core.images.interruptedUploads(host: core.host) {
            try await core.files.discard(upload)
            try await core.images.abandonUpload(image, upload: upload, now: core.clock.now())
            core.logger.info("Interrupted upload abandoned", metadata: [LogKey.image: "\(image)"])
        }
        for upload in try await core.files.storedIDs(limit: 10_000).incoming { try await core.files.discard(upload) }
    }

    /// Now and then: a bounded batch.
    func clean() async throws {
        for image in try await core.images.unpurged(limit: 100) { try await catalogue.purge(image.id) }
    }

    /// Files whose image is gone, for `apus doctor` and the reconciler.
    func orphans(limit: Int) async throws -> [ImageID] {
        var found: [ImageID] = []
        for id in try await core.files.storedIDs(limit: limit).images {
            if try await !core.images.ownsData(ImageID(id)) { found.append(ImageID(id)) }
        }
        return found
    }
}
