/// Writes indented XML; names come from the program, values are escaped.
package struct XMLBuilder {
    package private(set) var text = ""
    private var depth = 0

    package init() {}

    /// An element with children.
    package mutating func element(
        _ name: String, _ attributes: KeyValuePairs<String, String?> = [:], _ body: (inout XMLBuilder) -> Void
    ) {
        open(name, attributes)
        text += ">\n"
        depth += 1
        body(&self)
        depth -= 1
        indent()
        text += "</\(name)>\n"
    }

    /// An empty element; attributes that are nil are left out.
    package mutating func element(_ name: String, _ attributes: KeyValuePairs<String, String?> = [:]) {
        open(name, attributes)
        text += "/>\n"
    }

    /// An element with text.
    package mutating func element(
        _ name: String, _ attributes: KeyValuePairs<String, String?> = [:], text content: String
    ) {
        open(name, attributes)
        text += ">\(Self.escape(content))</\(name)>\n"
    }

    private mutating func open(_ name: String, _ attributes: KeyValuePairs<String, String?>) {
        indent()
        text += "<\(name)"
        for (key, value) in attributes {
            if let value { text += " \(key)='\(Self.escape(value))'" }
        }
    }

    private mutating func indent() { text += String(repeating: "  ", count: depth) }

    /// Escapes what XML gives a meaning, and drops the control characters it cannot hold.
    static func escape(_ value: String) -> String {
        var result = ""
        result.reserveCapacity(value.utf8.count)
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "'": result += "&apos;"
            case "\"": result += "&quot;"
            case "\t", "\n", "\r": result += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F || (0xFFFE...0xFFFF).contains(scalar.value):
                continue
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
