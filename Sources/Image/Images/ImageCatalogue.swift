import Core
import Database
import FoundationEssentials

/// The catalogue: what images there are, and changes to what is known of them.
struct ImageCatalogue: Sendable {
    let core: ImageCore

    static func notFound(_ id: String) -> ServiceError { ServiceError(.notFound, "No image found with ID \(id)") }

    /// An image that the caller may see. What it may not see does not exist.
    func find(_ id: String, _ context: RequestContext) async throws -> VisibleImage {
        guard id.utf8.count <= 36, let image = try await core.images.find(ImageID(id)) else { throw Self.notFound(id) }
        if context.hasRole("admin") || image.owner == context.projectID && image.owner != nil {
            return VisibleImage(image: image, member: nil)
        }
        switch image.visibility {
        case .public, .community: return VisibleImage(image: image, member: nil)
        case .private: throw Self.notFound(id)
        case .shared:
            guard let project = context.projectID, try await core.members.find(image.id, project) != nil else {
                throw Self.notFound(id)
            }
            return VisibleImage(image: image, member: project)
        }
    }

    func create(_ image: Image) async throws {
        try checkLimits(image, was: nil)
        try await core.images.insert(image, maxImages: core.options.maxImages)
    }

    /// Applies `change` to an image until nobody else changed it meanwhile.
    /// - Parameter along: from the image before and after, what is done in the same transaction.
    func update(
        _ id: ImageID, _ change: @Sendable (inout Image) throws -> Void,
        along: (Image, Image) -> (@Sendable (Transaction) throws -> Void)? = { _, _ in nil }
    ) async throws -> Image {
        for _ in 0..<8 {
            guard let current = try await core.images.find(id) else { throw Self.notFound(id.rawValue) }
            var image = current
            try change(&image)
            try checkLimits(image, was: current)
            if image == current { return current }
            let change = try await core.images.update(
                image, from: current, quota: core.options.projectQuota, now: core.clock.now(),
                along: along(current, image))
            switch change {
            case .changed(let row): return try Image(row)
            case .missing: throw Self.notFound(id.rawValue)
            case .conflict: continue
            }
        }
        throw ServiceError(.conflict, "Image \(id) is being changed by others. Try again.")
    }

    /// Deletes an image; its data goes with it, now or, after a crash, at the next cleaning.
    func delete(_ id: ImageID) async throws {
        switch try await core.images.delete(id, now: core.clock.now()) {
        case .changed: try await purge(id)
        case .conflict:
            throw ServiceError(.forbidden, "Image \(id) is protected and cannot be deleted.")
        case .missing: throw Self.notFound(id.rawValue)
        }
    }

    /// Removes a deleted image's data. Safe to repeat.
    func purge(_ id: ImageID) async throws {
        try await removeFiles(id)
        try await core.images.markPurged(id)
    }

    /// Removes all files of an image. Safe to repeat.
    func removeFiles(_ id: ImageID) async throws {
        try await core.files.unstage(id)
        for store in core.stores.writable { try await store.delete(id) }
        try await core.cache?.remove([id])
    }

    func move(_ id: ImageID, from states: [ImageStatus], to state: ImageStatus, doing verb: String) async throws {
        switch try await core.images.move(id, from: states, to: state, now: core.clock.now()) {
        case .changed: return
        case .missing: throw Self.notFound(id.rawValue)
        case .conflict(let row):
            let current: ImageStatus = try row.get("status")
            if current == state { return }
            throw ServiceError(.forbidden, "Not allowed to \(verb) image in status '\(current.rawValue)'")
        }
    }

    private func checkLimits(_ image: Image, was: Image?) throws {
        let properties = image.properties.count
        if properties > core.options.maxProperties, properties > (was?.properties.count ?? 0) {
            throw ServiceError(
                .overQuota,
                "The limit has been exceeded on the number of allowed image properties. "
                    + "Attempted: \(properties), Maximum: \(core.options.maxProperties)")
        }
        if image.tags.count > core.options.maxTags, image.tags.count > (was?.tags.count ?? 0) {
            throw ServiceError(
                .overQuota,
                "The limit has been exceeded on the number of allowed image tags. "
                    + "Attempted: \(image.tags.count), Maximum: \(core.options.maxTags)")
        }
    }
}
