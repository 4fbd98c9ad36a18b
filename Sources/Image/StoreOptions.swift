package import Core

/// One store, as the settings have it.
package struct StoreSettings: Sendable, Hashable {
    package enum Kind: String, Sendable { case file, http }

    package let id: String
    package let kind: Kind
    package let description: String
    /// Where a file store keeps its data.
    package let folder: String
    package let weight: Int
}

/// The stores in the `[image]` group.
package struct StoreOptions: Sendable {
    /// The default store first.
    package let all: [StoreSettings]

    package var primary: StoreSettings { all[0] }

    package init(_ options: inout OptionReader) throws {
        let folder: String = try options.value(
            "data_dir", default: "/var/lib/apus/image",
            help: "Folder of the default store; shared when there are several daemons.")
        let id: String = try options.value("store_id", default: "file", help: "The default store's id.")
        let description: String = try options.value(
            "store_description", default: "Files", help: "The default store's description.")
        let more = try options.list(
            "more_stores", default: [],
            help: "Further file stores, each ID=FOLDER; their folders are shared too when there are several daemons.")
        let web: String? = try options.optional(
            "http_store", help: "Id of the read-only store for data on web servers; not set, there is none.")
        let weights = try Self.pairs(
            try options.list(
                "store_weights", default: [],
                help: "Each ID=NUMBER: images are read from the heaviest store that has them; 0 for those not named."),
            "store_weights")
        let descriptions = try Self.pairs(
            try options.list("store_descriptions", default: [], help: "Descriptions of further stores, each ID=TEXT."),
            "store_descriptions")

        var all = [(id: id, kind: StoreSettings.Kind.file, text: description, folder: folder)]
        for (id, folder) in try Self.pairs(more, "more_stores") {
            all.append((id, .file, descriptions.first { $0.0 == id }?.1 ?? "", folder))
        }
        if let web { all.append((web, .http, descriptions.first { $0.0 == web }?.1 ?? "", "")) }
        guard Set(all.map(\.id)).count == all.count else {
            throw ConfigurationError("[image] more_stores: two stores have the same id")
        }
        guard Set(all.filter { $0.kind == .file }.map(\.folder)).count == more.count + 1 else {
            throw ConfigurationError("[image] more_stores: two stores have the same folder")
        }
        for (id, number) in weights where Int(number) == nil || !all.contains(where: { $0.id == id }) {
            throw ConfigurationError("[image] store_weights: \(id)=\(number) is not a store and a number")
        }
        self.all = all.map { store in
            StoreSettings(
                id: store.id, kind: store.kind, description: store.text, folder: store.folder,
                weight: weights.first { $0.0 == store.id }.flatMap { Int($0.1) } ?? 0)
        }
    }

    private static func pairs(_ items: [String], _ option: String) throws -> [(String, String)] {
        try items.map { item in
            let halves = item.split(separator: "=", maxSplits: 1).map(String.init)
            guard halves.count == 2, halves[0].allSatisfy({ $0.isLetter || $0.isNumber || "-_".contains($0) }) else {
                throw ConfigurationError("[image] \(option): '\(item)' is not ID=VALUE")
            }
            return (halves[0], halves[1])
        }
    }
}
