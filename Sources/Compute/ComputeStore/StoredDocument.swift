import ComputeModel
import Core
import Database

/// A document of a column that is read for every server of a list: from the parsed tree, which takes a fraction of
/// what `Decodable` does. Written by `jsonColumn`, so the members' names are those that `Codable` gives.
protocol StoredDocument {
    init(stored json: JSONValue) throws
}

extension Row {
    /// The document of a column.
    func document<T: StoredDocument>(_ column: String, as _: T.Type = T.self) throws -> T {
        let json: JSONValue = try get(column)
        return try T(stored: json)
    }
}

/// A column's documents in the rows of one list. Many rows have the same one, and a text is parsed once.
struct SharedDocument<Document: StoredDocument> {
    private var known: [String: Document] = [:]

    mutating func read(_ row: Row, _ column: String) throws -> Document {
        try read(row.get(column, as: String.self))
    }

    /// Of a column that may be NULL.
    mutating func readOptional(_ row: Row, _ column: String) throws -> Document? {
        try row.get(column, as: String?.self).map { try read($0) }
    }

    private mutating func read(_ text: String) throws -> Document {
        if let document = known[text] { return document }
        let document = try Document(stored: JSONValue(parsing: text))
        known[text] = document
        return document
    }
}

extension JSONValue {
    /// A member that is always written.
    fileprivate func member<T>(_ name: String, _ read: (JSONValue) -> T?) throws -> T {
        guard let value = self[name].flatMap(read) else {
            throw ServiceError(
                .internal, "An unexpected database error occurred.", detail: "a stored document has no \(name)")
        }
        return value
    }

    fileprivate func texts(_ name: String) throws -> [String: String] {
        try member(name) { $0.object?.compactMapValues(\.string) }
    }

    fileprivate func items<T>(_ read: (JSONValue) throws -> T) throws -> [T] {
        guard let array else {
            throw ServiceError(
                .internal, "An unexpected database error occurred.", detail: "a stored document is no list")
        }
        return try array.map(read)
    }
}

extension FlavorSpec: StoredDocument {
    init(stored json: JSONValue) throws {
        self.init(
            id: try json.member("id", \.string), name: try json.member("name", \.string),
            vcpus: try json.member("vcpus", \.int), memoryMiB: try json.member("memoryMiB", \.int),
            rootGiB: try json.member("rootGiB", \.int), ephemeralGiB: try json.member("ephemeralGiB", \.int),
            swapMiB: try json.member("swapMiB", \.int), extraSpecs: try json.texts("extraSpecs"))
    }
}

extension ImageSpec: StoredDocument {
    init(stored json: JSONValue) throws {
        self.init(
            id: ImageID(try json.member("id", \.string)), name: try json.member("name", \.string),
            hash: json["hash"]?.string, hashAlgorithm: json["hashAlgorithm"]?.string,
            diskFormat: try json.member("diskFormat", \.string),
            containerFormat: try json.member("containerFormat", \.string),
            sizeBytes: Int64(try json.member("sizeBytes", \.int)), minDiskGiB: try json.member("minDiskGiB", \.int),
            minMemoryMiB: try json.member("minMemoryMiB", \.int), properties: try json.texts("properties"))
    }
}

extension InterfaceInfo: StoredDocument {
    init(stored json: JSONValue) throws {
        self.init(
            port: PortID(try json.member("port", \.string)), mac: try json.member("mac", \.string),
            network: NetworkID(try json.member("network", \.string)),
            networkName: try json.member("networkName", \.string), mtu: try json.member("mtu", \.int),
            addresses: try json.member("addresses", { $0 }).items { one in
                Address(
                    address: try one.member("address", \.string), version: try one.member("version", \.int),
                    floating: try one.member("floating", { $0.array?.compactMap(\.string) }))
            })
    }
}

extension String: StoredDocument {
    init(stored json: JSONValue) throws {
        guard let text = json.string else {
            throw ServiceError(
                .internal, "An unexpected database error occurred.", detail: "a stored document is no text")
        }
        self = text
    }
}

extension Dictionary: StoredDocument where Key == String, Value == String {
    init(stored json: JSONValue) throws {
        guard let members = json.object else {
            throw ServiceError(
                .internal, "An unexpected database error occurred.", detail: "a stored document is no object")
        }
        self = try members.mapValues { try String(stored: $0) }
    }
}

extension Array: StoredDocument where Element: StoredDocument {
    init(stored json: JSONValue) throws { self = try json.items { try Element(stored: $0) } }
}
