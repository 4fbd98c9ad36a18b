import Core

/// Reads a value from JSON as `JSONDecoder` would, in a tenth of its time: members are found in the bytes, and
/// nothing is made of those that nobody asks for.
struct BodyDecoder: Decoder {
    private let document: BodyDocument
    private let node: Int

    static func decode<Value: Decodable>(_: Value.Type, from bytes: [UInt8]) throws -> Value {
        try Value(from: BodyDecoder(try BodyDocument(bytes), 0))
    }

    init(_ document: BodyDocument, _ node: Int) {
        self.document = document
        self.node = node
    }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard document.nodes[node].kind == .object else { throw document.mismatch([String: Any].self, node) }
        return KeyedDecodingContainer(KeyedBodyReader(document: document, node: node))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard document.nodes[node].kind == .array else { throw document.mismatch([Any].self, node) }
        return UnkeyedBodyReader(document, node)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        SingleBodyReader(document: document, node: node)
    }
}

struct KeyedBodyReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let document: BodyDocument
    let node: Int

    var codingPath: [any CodingKey] { [] }

    var allKeys: [Key] {
        // A name that is no text is no key of anything.
        do { return try document.names(of: node).compactMap { Key(stringValue: $0) } } catch { return [] }
    }

    func contains(_ key: Key) -> Bool { document.member(key.stringValue, of: node) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { document.nodes[try member(key)].kind == .null }
    func decode(_: Bool.Type, forKey key: Key) throws -> Bool { try document.truth(try member(key)) }
    func decode(_: String.Type, forKey key: Key) throws -> String { try document.string(try member(key)) }
    func decode(_: Int.Type, forKey key: Key) throws -> Int { try document.integer(try member(key)) }

    func decode<Value: Decodable>(_: Value.Type, forKey key: Key) throws -> Value {
        try Value(from: BodyDecoder(document, try member(key)))
    }

    func decodeIfPresent(_: Bool.Type, forKey key: Key) throws -> Bool? {
        try present(key).map { try document.truth($0) }
    }

    func decodeIfPresent(_: String.Type, forKey key: Key) throws -> String? {
        try present(key).map { try document.string($0) }
    }

    func decodeIfPresent(_: Int.Type, forKey key: Key) throws -> Int? {
        try present(key).map { try document.integer($0) }
    }

    func decodeIfPresent<Value: Decodable>(_: Value.Type, forKey key: Key) throws -> Value? {
        try present(key).map { try Value(from: BodyDecoder(document, $0)) }
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try BodyDecoder(document, try member(key)).container(keyedBy: keyedBy)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try BodyDecoder(document, try member(key)).unkeyedContainer()
    }

    func superDecoder() -> any Decoder { BodyDecoder(document, node) }
    func superDecoder(forKey key: Key) throws -> any Decoder { BodyDecoder(document, try member(key)) }

    private func member(_ key: Key) throws -> Int {
        if let member = document.member(key.stringValue, of: node) { return member }
        throw DecodingError.keyNotFound(key, .init(codingPath: [], debugDescription: "no \(key.stringValue)"))
    }

    private func present(_ key: Key) -> Int? {
        document.member(key.stringValue, of: node).flatMap { document.nodes[$0].kind == .null ? nil : $0 }
    }
}

struct UnkeyedBodyReader: UnkeyedDecodingContainer {
    private let document: BodyDocument
    private let total: Int
    private var node: Int
    private(set) var currentIndex = 0

    init(_ document: BodyDocument, _ node: Int) {
        self.document = document
        self.node = node + 1
        total = Int(document.nodes[node].count)
    }

    var codingPath: [any CodingKey] { [] }
    var count: Int? { total }
    var isAtEnd: Bool { currentIndex == total }

    mutating func decodeNil() throws -> Bool {
        guard try document.nodes[current()].kind == .null else { return false }
        advance()
        return true
    }

    mutating func decode(_: String.Type) throws -> String {
        let text = try document.string(try current())
        advance()
        return text
    }

    mutating func decode<Value: Decodable>(_: Value.Type) throws -> Value {
        let value = try Value(from: BodyDecoder(document, try current()))
        advance()
        return value
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        let container = try BodyDecoder(document, try current()).container(keyedBy: keyedBy)
        advance()
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try BodyDecoder(document, try current()).unkeyedContainer()
        advance()
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoder = BodyDecoder(document, try current())
        advance()
        return decoder
    }

    private func current() throws -> Int {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                Any.self, .init(codingPath: [], debugDescription: "the array has \(total) elements"))
        }
        return node
    }

    private mutating func advance() {
        node = Int(document.nodes[node].next)
        currentIndex += 1
    }
}

/// A number, text, truth value or null on its own.
struct SingleBodyReader: SingleValueDecodingContainer {
    let document: BodyDocument
    let node: Int

    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { document.nodes[node].kind == .null }
    func decode(_: Bool.Type) throws -> Bool { try document.truth(node) }
    func decode(_: String.Type) throws -> String { try document.string(node) }
    func decode(_: Double.Type) throws -> Double { try document.double(node) }
    func decode(_: Float.Type) throws -> Float { Float(try document.double(node)) }
    func decode(_: Int.Type) throws -> Int { try document.integer(node) }
    func decode(_: Int8.Type) throws -> Int8 { try document.integer(node) }
    func decode(_: Int16.Type) throws -> Int16 { try document.integer(node) }
    func decode(_: Int32.Type) throws -> Int32 { try document.integer(node) }
    func decode(_: Int64.Type) throws -> Int64 { try document.integer(node) }
    func decode(_: UInt.Type) throws -> UInt { try document.integer(node) }
    func decode(_: UInt8.Type) throws -> UInt8 { try document.integer(node) }
    func decode(_: UInt16.Type) throws -> UInt16 { try document.integer(node) }
    func decode(_: UInt32.Type) throws -> UInt32 { try document.integer(node) }
    func decode(_: UInt64.Type) throws -> UInt64 { try document.integer(node) }
    func decode<Value: Decodable>(_: Value.Type) throws -> Value { try Value(from: BodyDecoder(document, node)) }
}
