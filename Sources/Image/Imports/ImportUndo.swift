import Core
import Workflow

/// Takes an import back: its stores' files, then what the image says of them, then the hold.
struct ImportUndo: Sendable {
    let state: ImportImage.State
    let env: ImportEnvironment

    private var core: ImageCore { env.core }

    func run(_ failure: SagaFailure?) async throws {
        let (core, state) = (core, state)
        for id in state.stores { try await core.stores.file(id)?.discard(state.upload) }
        try await core.files.discard(state.upload)
        guard let image = try await core.images.edit(state.image, heldBy: state.upload, now: core.clock.now()) else {
            return try await report(failure)
        }
        if !state.isCopy { try await core.files.unstage(state.image) }
        // The bytes of an active image stay: what failed came after the import was done.
        let keeps = image.status != .importing && (!state.isCopy || !state.allMustSucceed)
        if !keeps {
            let left = try await core.images.edit(state.image, heldBy: state.upload, now: core.clock.now()) { image in
                let others = image.locations.filter { !state.stores.contains($0.store) }
                // An image that has data never loses the last of it.
                if image.status == .importing || !others.isEmpty { image.locations = others }
                if image.status == .importing {
                    // What it was converted to is gone; its next data comes as its owner said.
                    if let declared = state.converted?.declared { image.diskFormat = declared }
                    image.forgetData()
                }
            }
            for id in state.stores where left?.isStored(in: id) != true {
                try await core.stores.file(id)?.delete(state.image)
            }
        }
        _ = try await core.images.edit(
            state.image, heldBy: state.upload, releasing: true, now: core.clock.now()
        ) { $0.noteImportFailed(state.stores) }
        try await report(failure)
    }

    /// The task's end, from what became of the image.
    private func report(_ failure: SagaFailure?) async throws {
        let image = try await core.images.find(state.image)
        // Neither can be given staged data by anybody else.
        if !state.isCopy, image == nil || image?.status == .active { try await core.files.unstage(state.image) }
        if let image, image.status == .active, state.stores.contains(where: { image.isStored(in: $0) }) {
            return try await ImageTasks(core: core).succeed(state.task, state.image)
        }
        try await ImageTasks(core: core).fail(state.task, failure, "The import failed.")
    }
}

extension Image {
    /// Takes a store off the list of those that an import has still to reach.
    mutating func noteImported(_ store: String) { note([store], failed: []) }

    /// The same for one that could not be reached.
    mutating func noteImportFailed(in store: String) { note([store], failed: [store]) }

    /// None is to be reached any more. Where no store is to blame, all that lack the data are.
    mutating func noteImportFailed(_ stores: [String]) {
        let known = names(PropertyNames.failed).filter(stores.contains)
        note(stores, failed: known.isEmpty ? stores.filter { !isStored(in: $0) } : known)
    }

    private func names(_ property: String) -> [String] {
        (properties[property] ?? "").split(separator: ",").map(String.init)
    }

    private mutating func note(_ stores: [String], failed: [String]) {
        func others(_ property: String) -> [String] { names(property).filter { !stores.contains($0) } }
        properties[PropertyNames.importing] = others(PropertyNames.importing).joined(separator: ",")
        properties[PropertyNames.failed] = (others(PropertyNames.failed) + failed).joined(separator: ",")
    }
}
