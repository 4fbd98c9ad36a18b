package import Core

/// The texts of a mapping's local side: `{0}` stands for the first remote attribute that is taken over.
package enum MappingTemplate {
    /// Fills every text in `value`.
    ///
    /// A text that is nothing but `{0}` becomes the attribute's list as it is. Within another text a list is spelled
    /// as Python spells it, because rules are written for Keystone.
    package static func fill(_ value: JSONValue, with values: [[String]]) throws(MappingFailure) -> JSONValue {
        switch value {
        case .string(let text):
            if let index = wholeIndex(text) {
                guard values.indices.contains(index) else {
                    throw MappingFailure("there is no remote value {\(index)}")
                }
                return values[index].count == 1 ? .string(values[index][0]) : .array(values[index].map { .string($0) })
            }
            return .string(try fill(text, with: values))
        case .object(let members):
            var filled: [String: JSONValue] = [:]
            for (key, member) in members { filled[key] = try fill(member, with: values) }
            return .object(filled)
        case .array(let items):
            var filled: [JSONValue] = []
            for item in items { filled.append(try fill(item, with: values)) }
            return .array(filled)
        default: return value
        }
    }

    /// The number in a text that is nothing but `{0}`.
    package static func wholeIndex(_ text: String) -> Int? {
        guard text.hasPrefix("{"), text.hasSuffix("}"), text.count > 2 else { return nil }
        let digits = text.dropFirst().dropLast()
        return digits.allSatisfy { $0.isASCII && $0.isNumber } ? Int(digits) : nil
    }

    private static func fill(_ text: String, with values: [[String]]) throws(MappingFailure) -> String {
        var out = ""
        var rest = Substring(text)
        while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            out += rest[..<brace]
            let tail = rest[rest.index(after: brace)...]
            if tail.first == rest[brace] {
                // A brace that is doubled stands for itself.
                out.append(rest[brace])
                rest = tail.dropFirst()
                continue
            }
            guard rest[brace] == "{", let end = tail.firstIndex(of: "}"), let index = Int(tail[..<end]),
                values.indices.contains(index)
            else { throw MappingFailure("the text \(text) does not fit the remote values") }
            out += spelled(values[index])
            rest = tail[end...].dropFirst()
        }
        return out + rest
    }

    /// One value as it is; several, or none, as a Python list.
    private static func spelled(_ values: [String]) -> String {
        guard values.count != 1 else { return values[0] }
        return "["
            + values.map { "'\($0.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'" }
            .joined(separator: ", ") + "]"
    }

    /// The texts of a list that is spelled as in Python, or else the text alone, as Keystone reads one.
    package static func list(_ value: JSONValue) -> [String] {
        if let items = value.array { return items.compactMap(\.string) }
        guard let text = value.string else { return [] }
        return pythonList(text) ?? [text]
    }

    private static func pythonList(_ text: String) -> [String]? {
        let trimmed = text.drop { $0.isWhitespace }
        guard trimmed.first == "[", text.last == "]" else { return nil }
        var items: [String] = []
        var rest = trimmed.dropFirst().dropLast()
        while true {
            rest = rest.drop { $0.isWhitespace || $0 == "," }
            guard let quote = rest.first else { return items }
            guard quote == "'" || quote == "\"" else { return nil }
            rest = rest.dropFirst()
            var item = ""
            while let character = rest.popFirst(), character != quote {
                guard character == "\\", let escaped = rest.popFirst() else {
                    item.append(character)
                    continue
                }
                item.append(escaped)
            }
            items.append(item)
        }
    }
}
