/// Writes a value as JSON straight into bytes, as `JSONEncoder` would: no tree in between, and a tenth of its time.
///
/// Dates are seconds since 2001, nil members of optionals are left out. A type must finish one nested container
/// before it writes into another, as all synthesised ones do; anything else throws.
struct BodyEncoder: Encoder {
    private let writer: BodyWriter
    /// The containers that were open when this value began.
    private let depth: Int

    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let writer = BodyWriter()
        try writer.write(value)
        return writer.bytes
    }

    init(_ writer: BodyWriter) {
        self.writer = writer
        depth = writer.depth
    }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedBodyWriter(writer, writer.container(.object, at: depth)))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        UnkeyedBodyWriter(writer, writer.container(.array, at: depth))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleBodyWriter(writer: writer) }
}

struct KeyedBodyWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    private let writer: BodyWriter
    private let place: BodyWriter.Place

    init(_ writer: BodyWriter, _ place: BodyWriter.Place) {
        self.writer = writer
        self.place = place
    }

    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) throws {
        try writer.member(place, key)
        writer.literal("null")
    }

    func encode(_ value: Bool, forKey key: Key) throws {
        try writer.member(place, key)
        writer.literal(value ? "true" : "false")
    }

    func encode(_ value: String, forKey key: Key) throws {
        try writer.member(place, key)
        writer.quote(value)
    }

    func encode(_ value: Int, forKey key: Key) throws {
        try writer.member(place, key)
        writer.number(value)
    }

    func encode(_ value: some Encodable, forKey key: Key) throws {
        try writer.member(place, key)
        try writer.write(value)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        KeyedEncodingContainer(KeyedBodyWriter<Nested>(writer, writer.nested(.object, place, key)))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        UnkeyedBodyWriter(writer, writer.nested(.array, place, key))
    }

    func superEncoder() -> any Encoder { UnsupportedEncoder() }
    func superEncoder(forKey key: Key) -> any Encoder { UnsupportedEncoder() }
}

struct UnkeyedBodyWriter: UnkeyedEncodingContainer {
    private let writer: BodyWriter
    private let place: BodyWriter.Place
    private(set) var count = 0

    init(_ writer: BodyWriter, _ place: BodyWriter.Place) {
        self.writer = writer
        self.place = place
    }

    var codingPath: [any CodingKey] { [] }

    mutating func encodeNil() throws {
        try next()
        writer.literal("null")
    }

    mutating func encode(_ value: String) throws {
        try next()
        writer.quote(value)
    }

    mutating func encode(_ value: some Encodable) throws {
        try next()
        try writer.write(value)
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy: Nested.Type) -> KeyedEncodingContainer<Nested> {
        count += 1
        return KeyedEncodingContainer(KeyedBodyWriter<Nested>(writer, writer.nested(.object, place, nil)))
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        count += 1
        return UnkeyedBodyWriter(writer, writer.nested(.array, place, nil))
    }

    mutating func superEncoder() -> any Encoder { UnsupportedEncoder() }

    private mutating func next() throws {
        count += 1
        try writer.element(place)
    }
}

/// A number, text, truth value or null on its own.
struct SingleBodyWriter: SingleValueEncodingContainer {
    let writer: BodyWriter

    var codingPath: [any CodingKey] { [] }

    func encodeNil() { writer.literal("null") }
    func encode(_ value: Bool) { writer.literal(value ? "true" : "false") }
    func encode(_ value: String) { writer.quote(value) }
    func encode(_ value: Double) throws { try writer.number(value) }
    func encode(_ value: Float) throws { try writer.number(Double(value)) }
    func encode(_ value: Int) { writer.number(value) }
    func encode(_ value: Int8) { writer.number(value) }
    func encode(_ value: Int16) { writer.number(value) }
    func encode(_ value: Int32) { writer.number(value) }
    func encode(_ value: Int64) { writer.number(value) }
    func encode(_ value: UInt) { writer.number(value) }
    func encode(_ value: UInt8) { writer.number(value) }
    func encode(_ value: UInt16) { writer.number(value) }
    func encode(_ value: UInt32) { writer.number(value) }
    func encode(_ value: UInt64) { writer.number(value) }
    func encode(_ value: some Encodable) throws { try writer.write(value) }
}

/// Where a class would encode its superclass: messages are values.
private struct UnsupportedEncoder: Encoder, SingleValueEncodingContainer {
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(KeyedBodyWriter<Key>(BodyWriter(), .nowhere))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { UnkeyedBodyWriter(BodyWriter(), .nowhere) }
    func singleValueContainer() -> any SingleValueEncodingContainer { self }
    func encodeNil() throws { throw refusal(self) }
    func encode(_ value: some Encodable) throws { throw refusal(value) }

    private func refusal(_ value: Any) -> EncodingError {
        .invalidValue(value, .init(codingPath: [], debugDescription: "a message holds no superclass"))
    }
}
