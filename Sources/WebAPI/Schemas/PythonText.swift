public import Core

/// Values as Python prints them, for messages that OpenStack's clients know in that form.
public enum PythonText {
    /// Longer values are cut: a message must not echo a megabyte.
    private static let limit = 1000

    public static func repr(_ value: JSONValue) -> String { cut(text(value)) }

    public static func str(_ value: JSONValue) -> String {
        if case .string(let text) = value { return cut(text) }
        return repr(value)
    }

    static func number(_ value: Double) -> String {
        Int64(exactly: value).map(String.init) ?? value.description
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: return "None"
        case .bool(let value): return value ? "True" : "False"
        case .integer(let value): return String(value)
        case .number(let value): return value.description
        case .string(let value): return quote(value)
        case .array(let items): return "[" + items.prefix(200).map(text).joined(separator: ", ") + "]"
        case .object(let members):
            let pairs = members.sorted { $0.key < $1.key }.prefix(200).map { "\(quote($0.key)): \(text($0.value))" }
            return "{" + pairs.joined(separator: ", ") + "}"
        }
    }

    private static func quote(_ value: String) -> String {
        let mark: Unicode.Scalar = value.contains("'") && !value.contains("\"") ? "\"" : "'"
        var result = String(mark)
        for scalar in value.unicodeScalars.prefix(limit) {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case mark: result += "\\\(mark)"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + String(mark)
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= limit ? text : String(text.prefix(limit)) + "…"
    }
}
