import Core

/// Finds the values of a JSON document (RFC 8259).
struct BodyScanner {
    /// What `JSONDecoder` takes, too.
    private static let depthLimit = 512

    private let bytes: UnsafeBufferPointer<UInt8>
    private var nodes: [BodyDocument.Node] = []
    private var position = 0

    private init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        nodes.reserveCapacity(64)
    }

    /// The document's values in the order of their appearance.
    static func nodes(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) -> [BodyDocument.Node] {
        var scanner = BodyScanner(bytes)
        try scanner.value(0)
        scanner.skipSpace()
        guard scanner.position == bytes.count else { throw scanner.error("unexpected text after the document") }
        return scanner.nodes
    }

    private func error(_ reason: String) -> JSONError { JSONError(reason, at: position) }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func value(_ depth: Int) throws(JSONError) {
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

    private mutating func container(_ kind: BodyDocument.Kind, _ closing: UInt8, _ depth: Int) throws(JSONError) {
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

    private mutating func text() throws(JSONError) {
        position += 1
        let start = position
        var kind = BodyDocument.Kind.text
        while true {
            position = PlainText.end(in: bytes, from: position)
            guard let byte = current, byte != UInt8(ascii: "\"") else { break }
            guard byte >= 0x20 else { throw error("control character in a text") }
            if byte == UInt8(ascii: "\\") {
                // What it escapes as well.
                kind = .escapedText
                position += 1
            }
            position += 1
        }
        guard position < bytes.count else { throw error("unterminated text") }
        add(kind, start, position)
        position += 1
    }

    private mutating func literal(_ text: StaticString, _ kind: BodyDocument.Kind) throws(JSONError) {
        let start = position
        for index in 0..<text.utf8CodeUnitCount {
            guard current == text.utf8Start[index] else { throw error("expected a value") }
            position += 1
        }
        add(kind, start, position)
    }

    /// - Note: what a number's text is worth turns out when it is asked for.
    private mutating func number() throws(JSONError) {
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

    private mutating func add(_ kind: BodyDocument.Kind, _ start: Int, _ end: Int) {
        nodes.append(BodyDocument.Node(kind: kind, start: Int32(start), end: Int32(end), next: Int32(nodes.count + 1)))
    }
}
