import Core

/// The stores that images can be in.
struct ImageStores: Sendable {
    let settings: [StoreSettings]
    /// Where data goes when no store is named. Its folder also holds staged data.
    let primary: FileStore
    private let files: [FileStore]

    /// - Parameter pool: threads for all stores' files.
    init(_ options: StoreOptions, pool: BlockingPool) {
        settings = options.all
        primary = FileStore(id: options.primary.id, root: options.primary.folder, pool: pool)
        files =
            [primary]
            + options.all.dropFirst().compactMap { store in
                store.kind == .file ? FileStore(id: store.id, root: store.folder, pool: pool) : nil
            }
    }

    /// Makes the folders.
    /// - Throws: `ConfigurationError` when two stores share one.
    func prepare() async throws {
        for store in files { try await store.prepare() }
        try await FileStore.checkApart(files)
    }

    /// Stores that data can be written to, the default one first.
    var writable: [FileStore] { files }

    /// The store for data kept on web servers; nil where there is none.
    var web: StoreSettings? { settings.first { $0.kind == .http } }

    /// Whether the settings name this store.
    func knows(_ id: String) -> Bool { settings.contains { $0.id == id } }

    func file(_ id: String) -> FileStore? { files.first { $0.id == id } }

    /// - Throws: `code`, when there is no such store or it is read-only.
    func writable(_ id: String, else code: ServiceError.Code) throws -> FileStore {
        guard let store = file(id) else { throw ServiceError(code, "Store for identifier \(id) not found") }
        return store
    }

    /// Best first: heaviest stores; among equals the oldest location.
    func sorted(_ locations: [ImageLocation]) -> [ImageLocation] {
        guard locations.count > 1 else { return locations }
        return locations.enumerated().sorted { one, other in
            let (first, second) = (weight(one.element.store), weight(other.element.store))
            return first == second ? one.offset < other.offset : first > second
        }.map(\.element)
    }

    private func weight(_ id: String) -> Int { settings.first { $0.id == id }?.weight ?? 0 }
}
