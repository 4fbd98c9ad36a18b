import FoundationEssentials

extension JSONValue {
    /// Reads a whole document, strictly: see `JSONParser` for what is refused.
    public static func parse(
        _ bytes: some Collection<UInt8>, limits: JSONLimits = .default
    ) throws(JSONError) -> JSONValue {
        var parser = JSONParser(Array(bytes), limits: limits)
        return try parser.document()
    }

    public init(parsing text: String) throws(JSONError) {
        self = try .parse(Array(text.utf8))
    }

    /// The tree that a value encodes to.
    public init<T: Encodable>(encoding value: T) throws {
        if let tree = value as? JSONValue {
            self = tree
            return
        }
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(date.iso8601Micro)
        }
        // A bare string or number is wrapped, so that every encoder accepts it.
        let bytes = try encoder.encode([value])
        guard case .array(let items) = try JSONValue.parse(bytes), let tree = items.first else {
            throw JSONError("the value encodes to nothing", at: 0)
        }
        self = tree
    }

    /// A value read from this tree. Missing and null members are nil for optionals.
    public func decode<T: Decodable>(_: T.Type = T.self) throws -> T {
        if let tree = self as? T { return tree }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let text = try decoder.singleValueContainer().decode(String.self)
            guard let date = Date(iso8601: text) else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: decoder.codingPath, debugDescription: "not a date: \(text)"))
            }
            return date
        }
        let items = try decoder.decode([T].self, from: Data(JSONValue.array([self]).jsonText.utf8))
        return items[0]
    }
}
