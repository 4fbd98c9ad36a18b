import Core
import Database
import FoundationEssentials

// Columns that hold a document which is read and written whole: what a server keeps of its flavor and
// image, its addresses, a host's report.

/// The document as text for a column.
func jsonColumn(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

extension Row {
    /// The document of a column.
    @_disfavoredOverload
    func document<T: Decodable>(_ column: String, as type: T.Type = T.self) throws -> T {
        let text: String = try get(column)
        return try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
