import Core

/// A JSON document (RFC 8259) as a list of its values in the order of their appearance, each knowing where its
/// text is and where the next one beside it begins. Nothing is copied until it is asked for.
final class BodyDocument {
    enum Kind {
        case null
        case no
        case yes
        case number
        case text
        /// Text with `\` in it.
        case escapedText
        case array
        /// Its names and values by turns.
        case object
    }

    struct Node {
        let kind: Kind
        /// The bytes of a number, or of a text between its quotes.
        let start: Int32
        var end: Int32
        /// The node after this one and all it holds.
        var next: Int32
        /// The values of an array, or the names and values of an object.
        var count: Int32 = 0
        /// Of an object: where the next name is looked for first, as readers ask in the order of writing.
        var hint: Int32 = 0
    }

    /// What `JSONDecoder` takes, too.
    private static let depthLimit = 512

    private let bytes: [UInt8]
    private(set) var nodes: [Node] = []
    private var position = 0

    init(_ bytes: [UInt8]) throws(JSONError) {
        guard bytes.count < Int32.max else { throw JSONError("too large", at: 0) }
        self.bytes = bytes
        nodes.reserveCapacity(64)
        try value(0)
        skipSpace()
        guard position == bytes.count else { throw error("unexpected text after the document") }
    }

    // MARK: Looking

    /// The node of an object's member.
    func member(_ name: String, of object: Int) -> Int? {
        var name = name
        return name.withUTF8 { member($0, of: object) }
    }

    private func member(_ name: UnsafeBufferPointer<UInt8>, of object: Int) -> Int? {
        let first = object + 1
        let end = Int(nodes[object].next)
        let hint = max(first, Int(nodes[object].hint))
        return member(name, object, from: hint, to: end) ?? member(name, object, from: first, to: hint)
    }

    /// The node of an object's member that is there and not null.
    func present(_ name: StaticString, of object: Int) -> Int? {
        let name = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        return member(name, of: object).flatMap { nodes[$0].kind == .null ? nil : $0 }
    }

    func required(_ name: StaticString, of object: Int) throws -> Int {
        if let node = present(name, of: object) { return node }
        throw JSONError("no \(name)", at: Int(nodes[object].start))
    }

    private func member(_ name: UnsafeBufferPointer<UInt8>, _ object: Int, from: Int, to end: Int) -> Int? {
        var index = from
        while index < end {
            let value = Int(nodes[index].next)
            let next = Int(nodes[value].next)
            if isText(index, name) {
                nodes[object].hint = Int32(next)
                return value
            }
            index = next
        }
        return nil
    }

    private func isText(_ index: Int, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let node = nodes[index]
        if node.kind == .escapedText {
            do { return try text(index).utf8.elementsEqual(name) } catch { return false }
        }
        return Int(node.end - node.start) == name.count && bytes[Int(node.start)..<Int(node.end)].elementsEqual(name)
    }

    /// The names of an object's members.
    func names(of object: Int) throws(JSONError) -> [String] {
        var names: [String] = []
        var index = object + 1
        while index < Int(nodes[object].next) {
            names.append(try text(index))
            index = Int(nodes[Int(nodes[index].next)].next)
        }
        return names
    }

    /// The text of a text's node.
    func text(_ index: Int) throws(JSONError) -> String {
        let node = nodes[index]
        let range = Int(node.start)..<Int(node.end)
        // The strict reader knows about escapes; they are rare.
        if node.kind == .escapedText {
            return try JSONValue.parse(bytes[(range.lowerBound - 1)...range.upperBound]).string ?? ""
        }
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw JSONError("invalid UTF-8", at: range.lowerBound)
        }
        return text
    }

    /// The characters of a number's node.
    func digits(_ index: Int) -> ArraySlice<UInt8> { bytes[Int(nodes[index].start)..<Int(nodes[index].end)] }

    // MARK: Reading

    private func error(_ reason: String) -> JSONError { JSONError(reason, at: position) }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func value(_ depth: Int) throws(JSONError) {
        guard depth < Self.depthLimit else { throw error("nested too deeply") }
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): try container(.object, UInt8(ascii: "}"), depth)
        case UInt8(ascii: "["): try container(.array, UInt8(ascii: "]"), depth)
        case UInt8(ascii: "\""): try text()
        case UInt8(ascii: "t"): try literal("true", .yes)
        case UInt8(ascii: "f"): try literal("false", .no)
        case UInt8(ascii: "n"): try literal("null", .null)
        case .some(0x30...0x39), UInt8(ascii: "-"): try number()
        default: throw error("expected a value")
        }
    }

    private func container(_ kind: Kind, _ closing: UInt8, _ depth: Int) throws(JSONError) {
        let index = nodes.count
        add(kind, position, position)
        position += 1
        skipSpace()
        var count: Int32 = 0
        if current == closing {
            position += 1
        } else {
            while true {
                if kind == .object {
                    skipSpace()
                    guard current == UInt8(ascii: "\"") else { throw error("expected a name") }
                    try text()
                    skipSpace()
                    guard current == UInt8(ascii: ":") else { throw error("expected a colon") }
                    position += 1
                    count += 1
                }
                try value(depth + 1)
                count += 1
                skipSpace()
                let byte = current
                guard byte == closing || byte == UInt8(ascii: ",") else { throw error("expected a comma") }
                position += 1
                if byte == closing { break }
            }
        }
        nodes[index].end = Int32(position)
        nodes[index].next = Int32(nodes.count)
        nodes[index].count = count
    }

    private func text() throws(JSONError) {
        position += 1
        let start = position
        var kind = Kind.text
        while let byte = current, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw error("control character in a text") }
            if byte == UInt8(ascii: "\\") {
                kind = .escapedText
                position += 1
            }
            position += 1
        }
        guard position < bytes.count else { throw error("unterminated text") }
        add(kind, start, position)
        position += 1
    }

    private func literal(_ text: StaticString, _ kind: Kind) throws(JSONError) {
        let start = position
        for index in 0..<text.utf8CodeUnitCount {
            guard current == text.utf8Start[index] else { throw error("expected a value") }
            position += 1
        }
        add(kind, start, position)
    }

    /// - Note: what a number's text is worth turns out when it is asked for.
    private func number() throws(JSONError) {
        let start = position
        while let byte = current {
            switch byte {
            case 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"),
                UInt8(ascii: "E"):
                position += 1
            default:
                return add(.number, start, position)
            }
        }
        add(.number, start, position)
    }

    private func add(_ kind: Kind, _ start: Int, _ end: Int) {
        nodes.append(Node(kind: kind, start: Int32(start), end: Int32(end), next: Int32(nodes.count + 1)))
    }
}
