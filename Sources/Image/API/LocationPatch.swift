import Core
import WebAPI

/// Changes of `locations` in an image's document, where the operator shows them.
struct LocationPatch: Sendable {
    let core: ImageCore

    /// Checks what the caller may do, and looks up what is added.
    /// - Returns: nil when no change is about locations.
    func prepare(
        _ changes: [ImageChange], _ found: VisibleImage, _ request: APIRequest
    ) async throws -> LocationChange? {
        let changes = changes.filter { $0.name == "locations" }
        if changes.isEmpty { return nil }
        for change in changes {
            if change.kind == .replace, change.value.array?.isEmpty != false {
                throw ServiceError(.forbidden, "Cannot set locations to empty list.")
            }
            let isRemoval = change.kind == .remove
            try request.authorize(
                isRemoval ? ImagePolicies.deleteLocation : ImagePolicies.setLocation, target: found.target)
            guard core.options.showsLocations else {
                let verb = change.kind == .replace ? "update" : change.kind.rawValue
                throw ServiceError(
                    .forbidden, "It's not allowed to \(verb) locations if locations are invisible.")
            }
        }
        let values = changes.flatMap { $0.kind == .add ? [$0.value] : $0.value.array ?? [] }
        return try await LocationChange(core, values, to: found.image)
    }

    func remove(_ change: ImageChange, from image: Image) async throws -> Image {
        // Positions are those that the document shows.
        let shown = core.stores.sorted(image.locations)
        let position = change.position == "-" ? shown.count - 1 : Int(change.position ?? "") ?? -1
        guard shown.count == 1 || shown.indices.contains(position) else {
            throw ServiceError(.badRequest, "Invalid position for removing a location.")
        }
        let chosen = shown[shown.count == 1 ? 0 : position]
        return try await ImageLocations(core: core).remove(
            from: image, last: "Cannot remove last location in the image."
        ) { locations in
            guard let index = locations.firstIndex(of: chosen) else {
                throw ServiceError(.badRequest, "Invalid position for removing a location.")
            }
            return index
        }
    }
}
