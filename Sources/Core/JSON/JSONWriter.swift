/// Writes JSON straight into a byte buffer, without an intermediate tree.
///
/// Nil values are written as `null`, as OpenStack's services answer; `/` is not escaped. The caller
/// keeps the nesting right: `object { … }` and `array { … }` close what they open.
///
/// ```swift
/// var json = JSONWriter()
/// json.object {
///     $0.field("server") { $0.object { $0.field("id", server.id) } }
/// }
/// ```
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    public init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Structure

    public mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        open(UInt8(ascii: "{"))
        try body(&self)
        close(UInt8(ascii: "}"))
    }

    public mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        open(UInt8(ascii: "["))
        try body(&self)
        close(UInt8(ascii: "]"))
    }

    public mutating func array<Items: Sequence>(
        _ items: Items, _ each: (inout JSONWriter, Items.Element) throws -> Void
    ) rethrows {
        try array { writer in
            for item in items { try each(&writer, item) }
        }
    }

    /// A member of the object being written.
    public mutating func field(_ key: String, _ body: (inout JSONWriter) throws -> Void) rethrows {
        self.key(key)
        try body(&self)
    }

    public mutating func key(_ key: String) {
        separate()
        quote(key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: Members

    public mutating func field(_ key: String, _ value: String?) {
        self.key(key)
        write(value)
    }
    public mutating func field(_ key: String, _ value: Int?) {
        self.key(key)
        write(value)
    }
    public mutating func field(_ key: String, _ value: Bool?) {
        self.key(key)
        write(value)
    }
    public mutating func field(_ key: String, _ value: Double?) {
        self.key(key)
        write(value)
    }
    public mutating func field(_ key: String, _ value: JSONValue) {
        self.key(key)
        write(value)
    }
    public mutating func field<Kind>(_ key: String, _ value: ID<Kind>?) {
        self.key(key)
        write(value?.rawValue)
    }
    public mutating func field(_ key: String, _ values: [String]) {
        self.key(key)
        write(values)
    }
    public mutating func field(_ key: String, _ values: [String: String]) {
        self.key(key)
        write(values)
    }

    // MARK: Values

    public mutating func write(_ value: String?) {
        guard let value else { return null() }
        separate()
        quote(value)
    }

    public mutating func write(_ value: Int?) {
        guard let value else { return null() }
        raw(String(value))
    }

    public mutating func write(_ value: Bool?) {
        guard let value else { return null() }
        raw(value ? "true" : "false")
    }

    public mutating func write(_ value: Double?) {
        guard let value, value.isFinite else { return null() }
        raw(value.description)
    }

    public mutating func write(_ values: [String]) { array(values) { $0.write($1) } }

    /// Members in the order of their keys, so that equal values are equal bytes.
    public mutating func write(_ values: [String: String]) {
        object { writer in
            for (key, value) in values.sorted(by: { $0.key < $1.key }) { writer.field(key, value) }
        }
    }

    public mutating func write(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): write(value)
        case .integer(let value): raw(String(value))
        case .number(let value): write(value)
        case .string(let value): write(value)
        case .array(let items): array(items) { $0.write($1) }
        case .object(let members):
            object { writer in
                for (key, value) in members.sorted(by: { $0.key < $1.key }) { writer.field(key, value) }
            }
        }
    }

    public mutating func null() { raw("null") }

    // MARK: Bytes

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func raw(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func quote(_ text: String) { JSONText.append(text, to: &bytes) }
}

extension JSONValue {
    /// The value as compact JSON, members in the order of their keys.
    public var jsonText: String {
        var writer = JSONWriter()
        writer.write(self)
        return writer.text
    }
}
