package import Core

/// Where an image's bytes are.
package struct ImageLocation: Sendable, Hashable, Codable {
    /// The store's id.
    package var store: String
    /// `file:///…` for our own stores, `http://…` for data kept elsewhere.
    package var url: String
    /// What clients noted of it. The store's id is shown beside it and not kept in it.
    package var metadata: [String: JSONValue]

    package init(store: String, url: String, metadata: [String: JSONValue] = [:]) {
        self.store = store
        self.url = url
        self.metadata = metadata
    }

    /// The metadata as documents show it.
    package var shownMetadata: [String: JSONValue] { metadata.merging(["store": .string(store)]) { $1 } }
}
