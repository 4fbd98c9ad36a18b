package import Core

/// A resource's attributes by their API names, as stored, before a view chooses what to show.
package struct Record: Sendable {
    package var values: [String: JSONValue]

    package init(_ values: [String: JSONValue] = [:]) { self.values = values }

    package subscript(name: String) -> JSONValue {
        get { values[name] ?? .null }
        set { values[name] = newValue }
    }

    package var id: String { string("id") }
    package var projectID: String { string("project_id") }

    /// The text, or an empty one for null.
    package func string(_ name: String) -> String { values[name]?.string ?? "" }
    package func optional(_ name: String) -> String? { values[name]?.string }
    package func int(_ name: String) -> Int? { values[name]?.int }
    package func flag(_ name: String) -> Bool { values[name]?.bool ?? false }
    package func list(_ name: String) -> [JSONValue] { values[name]?.array ?? [] }
    package func strings(_ name: String) -> [String] { list(name).compactMap(\.string) }
}
