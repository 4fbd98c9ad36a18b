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

    private let bytes: [UInt8]
    /// In memory of its own: what a class keeps in an array is checked for overlapping use at every look.
    let nodes: UnsafeMutableBufferPointer<Node>

    init(_ bytes: [UInt8]) throws(JSONError) {
        guard bytes.count < Int32.max else { throw JSONError("too large", at: 0) }
        self.bytes = bytes
        let found = try bytes.withUnsafeBufferPointer { bytes throws(JSONError) in try BodyScanner.nodes(bytes) }
        nodes = .allocate(capacity: found.count)
        _ = nodes.initialize(fromContentsOf: found)
    }

    deinit { nodes.deallocate() }

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
        guard let node = member(name, of: object), nodes[node].kind != .null else { return nil }
        return node
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
        guard Int(node.end - node.start) == name.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            for place in 0..<name.count where bytes[Int(node.start) + place] != name[place] { return false }
            return true
        }
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
        let plain = bytes.withUnsafeBufferPointer { bytes -> String? in
            let text = UnsafeBufferPointer(rebasing: bytes[range])
            return PlainText.isASCII(text) ? String(decoding: text, as: UTF8.self) : nil
        }
        if let plain { return plain }
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw JSONError("invalid UTF-8", at: range.lowerBound)
        }
        return text
    }

    /// The characters of a number's node.
    func digits(_ index: Int) -> ArraySlice<UInt8> { bytes[Int(nodes[index].start)..<Int(nodes[index].end)] }
}
