import Core

/// Names that are made from what the user gave.
enum ServerNames {
    static func trimmed(_ text: String) -> String {
        var text = text[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }

    /// A host name for the guest (RFC 1123), from the server's name.
    static func hostname(_ name: String, _ id: ServerID) -> String {
        let words = name.lowercased().map { character -> Character in
            character == " " || character == "_" || character == "." ? "-" : character
        }
        var text = String(words.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }.prefix(63))[...]
        while text.first == "-" { text.removeFirst() }
        while text.last == "-" { text.removeLast() }
        return text.isEmpty ? "server-\(id)" : String(text)
    }

    /// The name of one of several servers made by one request.
    static func numbered(_ name: String, _ index: Int, of count: Int) -> String {
        count > 1 ? "\(name)-\(index + 1)" : name
    }

    private static let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")

    static func reservation() -> String { "r-" + String((0..<8).compactMap { _ in letters.randomElement() }) }

    static func password() -> String {
        let letters = Array("23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
        return String((0..<12).compactMap { _ in letters.randomElement() })
    }

    /// `vda`, `vdb`… `vdz`, `vdaa`…
    static func disk(_ index: Int) -> String {
        var index = index
        var letters = ""
        repeat {
            letters = "\(Character(Unicode.Scalar(UInt8(97 + index % 26))))" + letters
            index = index / 26 - 1
        } while index >= 0
        return "/dev/vd\(letters)"
    }
}
