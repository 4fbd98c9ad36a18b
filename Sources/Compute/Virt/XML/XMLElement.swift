/// An element of an XML document, as libvirt writes them.
///
/// The reader knows elements, attributes, text, comments and the predefined and numeric entities. It
/// refuses document types, so there are no entities to expand: it is for libvirt's own answers only.
package struct XMLElement: Sendable, Equatable {
    package var name: String
    package var attributes: [String: String] = [:]
    package var children: [XMLElement] = []
    /// All text directly inside, joined.
    package var text = ""

    package init(name: String) { self.name = name }

    /// The first child with this name.
    package subscript(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    /// The children with this name.
    package func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    package init(parsing document: String) throws(XMLReadingError) {
        var reader = XMLReader(Array(document.utf8))
        self = try reader.document()
    }
}

package struct XMLReadingError: Error, Sendable, CustomStringConvertible {
    package let description: String
}

private struct XMLReader {
    private let bytes: [UInt8]
    private var index = 0
    private static let maximumDepth = 64

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(XMLReadingError) -> XMLElement {
        try skipProlog()
        return try element(depth: 0)
    }

    private func fail<T>(_ reason: String) throws(XMLReadingError) -> T {
        throw XMLReadingError(description: "\(reason) at byte \(index)")
    }

    private func starts(with text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index + count <= bytes.count else { return false }
        return (0..<count).allSatisfy { bytes[index + $0] == text.utf8Start[$0] }
    }

    private mutating func skipSpace() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    /// Moves behind `text`.
    private mutating func skip(past text: StaticString) throws(XMLReadingError) {
        while index < bytes.count {
            if starts(with: text) {
                index += text.utf8CodeUnitCount
                return
            }
            index += 1
        }
        return try fail("unexpected end")
    }

    private mutating func skipProlog() throws(XMLReadingError) {
        while true {
            skipSpace()
            if starts(with: "<?") {
                try skip(past: "?>")
            } else if starts(with: "<!--") {
                try skip(past: "-->")
            } else {
                return
            }
        }
    }

    private mutating func name() throws(XMLReadingError) -> String {
        let start = index
        while index < bytes.count, ![0x20, 0x09, 0x0A, 0x0D, 0x2F, 0x3E, 0x3D, 0x3C].contains(bytes[index]) {
            index += 1
        }
        guard index > start else { return try fail("a name was expected") }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func element(depth: Int) throws(XMLReadingError) -> XMLElement {
        guard depth < Self.maximumDepth else { return try fail("nested too deeply") }
        guard starts(with: "<"), !starts(with: "<!") else { return try fail("an element was expected") }
        index += 1
        var element = XMLElement(name: try name())
        while true {
            skipSpace()
            if starts(with: "/>") {
                index += 2
                return element
            }
            if starts(with: ">") {
                index += 1
                break
            }
            let key = try name()
            skipSpace()
            guard starts(with: "=") else { return try fail("an attribute has no value") }
            index += 1
            skipSpace()
            guard index < bytes.count, bytes[index] == 0x27 || bytes[index] == 0x22 else {
                return try fail("a quote was expected")
            }
            let quote = bytes[index]
            index += 1
            let start = index
            while index < bytes.count, bytes[index] != quote { index += 1 }
            guard index < bytes.count else { return try fail("unexpected end") }
            element.attributes[key] = try Self.unescape(bytes[start..<index])
            index += 1
        }
        try content(of: &element, depth: depth)
        return element
    }

    private mutating func content(of element: inout XMLElement, depth: Int) throws(XMLReadingError) {
        while true {
            let start = index
            while index < bytes.count, bytes[index] != UInt8(ascii: "<") { index += 1 }
            element.text += try Self.unescape(bytes[start..<index])
            guard index < bytes.count else { return try fail("unexpected end") }
            if starts(with: "</") {
                index += 2
                guard try name() == element.name else { return try fail("elements overlap") }
                skipSpace()
                guard starts(with: ">") else { return try fail("an element does not end") }
                index += 1
                return
            } else if starts(with: "<!--") {
                try skip(past: "-->")
            } else if starts(with: "<?") {
                try skip(past: "?>")
            } else {
                element.children.append(try self.element(depth: depth + 1))
            }
        }
    }

    private static func unescape(_ bytes: ArraySlice<UInt8>) throws(XMLReadingError) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        var result = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            guard let end = rest[start...].firstIndex(of: ";") else {
                throw XMLReadingError(description: "an entity does not end")
            }
            let entity = rest[rest.index(after: start)..<end]
            guard let scalar = scalar(entity) else {
                throw XMLReadingError(description: "unknown entity &\(entity);")
            }
            result.unicodeScalars.append(scalar)
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private static func scalar(_ entity: Substring) -> Unicode.Scalar? {
        switch entity {
        case "lt": return "<"
        case "gt": return ">"
        case "amp": return "&"
        case "apos": return "'"
        case "quot": return "\""
        default:
            if entity.hasPrefix("#x") { return UInt32(entity.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init) }
            if entity.hasPrefix("#") { return UInt32(entity.dropFirst(1)).flatMap(Unicode.Scalar.init) }
            return nil
        }
    }
}
