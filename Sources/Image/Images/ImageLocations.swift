import Core
import Database

/// Takes locations off images, with the data that is there.
struct ImageLocations: Sendable {
    let core: ImageCore

    /// Removes the location that `choose` finds. The image is held meanwhile, so that nobody puts new data where this
    /// removes it.
    /// - Throws: `.forbidden` for the last location, `.conflict` for an image that others work on.
    func remove(
        from image: Image, last refusal: String, _ choose: @escaping @Sendable ([ImageLocation]) throws -> Int
    ) async throws -> Image {
        let upload = core.ids.uuid()
        let change = try await core.images.hold(
            image.id, in: [.active], as: upload, host: core.host, now: core.clock.now())
        // Who read the image before may not have seen a copy that was made since.
        let held: Image
        switch change {
        case .changed(let row): held = try Image(row)
        case .missing: throw ImageCatalogue.notFound(image.id.rawValue)
        case .conflict(let row):
            let status: ImageStatus = try row.get("status")
            guard status == .active else {
                throw ServiceError(
                    .conflict, "It's not allowed to remove locations if image status is \(status.rawValue).")
            }
            throw ServiceError(
                .conflict,
                "New operation on image '\(image.id)' is not permitted as prior operation is still in progress")
        }
        do {
            let edited = try await core.images.edit(image.id, heldBy: upload, now: core.clock.now()) { image in
                guard image.locations.count > 1 else { throw ServiceError(.forbidden, refusal) }
                image.locations.remove(at: try choose(image.locations))
            }
            guard let edited else { throw ImageCatalogue.notFound(image.id.rawValue) }
            for store in core.stores.writable where held.isStored(in: store.id) && !edited.isStored(in: store.id) {
                try await store.delete(image.id)
            }
        } catch {
            try await release(image.id, upload)
            throw error
        }
        return try await release(image.id, upload) ?? image
    }

    @discardableResult
    private func release(_ id: ImageID, _ upload: String) async throws -> Image? {
        try await core.images.edit(id, heldBy: upload, releasing: true, now: core.clock.now())
    }
}
