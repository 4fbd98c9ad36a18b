import Core

/// Reads oslo.policy's rule language:
///
///     check  := "@" | "!" | kind ":" match
///     expr   := check | "not" expr | expr "and" expr | expr "or" expr | "(" expr ")"
///
/// `and` binds tighter than `or`; an empty string allows.
struct PolicyParser {
    private enum Token: Hashable {
        case open, close, and, or, not
        case check(PolicyCheck)
    }

    private var tokens: [Token] = []
    private var position = 0
    private let source: String

    static func parse(_ source: String) throws(ServiceError) -> PolicyCheck {
        var parser = PolicyParser(source: source)
        try parser.tokenize()
        if parser.tokens.isEmpty { return .always }
        let result = try parser.either()
        guard parser.position == parser.tokens.count else { throw parser.mistake }
        return result
    }

    private init(source: String) { self.source = source }

    private var mistake: ServiceError {
        ServiceError(.badRequest, "The policy check \"\(source)\" is not valid.")
    }

    // MARK: Tokens

    private mutating func tokenize() throws(ServiceError) {
        for var word in source.split(whereSeparator: \.isWhitespace) {
            while word.first == "(" {
                tokens.append(.open)
                word = word.dropFirst()
            }
            var closing = 0
            while word.last == ")" {
                closing += 1
                word = word.dropLast()
            }
            switch word.lowercased() {
            case "": break
            case "and": tokens.append(.and)
            case "or": tokens.append(.or)
            case "not": tokens.append(.not)
            default: tokens.append(.check(try check(String(word))))
            }
            tokens += Array(repeating: .close, count: closing)
        }
    }

    private func check(_ word: String) throws(ServiceError) -> PolicyCheck {
        if word == "@" { return .always }
        if word == "!" { return .never }
        guard let colon = Self.separator(in: word) else { throw mistake }
        let kind = String(word[..<colon])
        let match = String(word[word.index(after: colon)...])
        switch kind {
        case "role": return .role(PolicyText(match))
        case "rule": return .rule(match)
        case "field":
            guard let resource = match.firstIndex(of: ":"), let equals = match.firstIndex(of: "="), resource < equals
            else { throw mistake }
            return .field(
                name: String(match[match.index(after: resource)..<equals]),
                value: String(match[match.index(after: equals)...]))
        case "http", "https", "remote":
            throw ServiceError(.badRequest, "The policy check \"\(word)\" asks another server, which is not supported.")
        default:
            return .match(left: Self.operand(kind), right: PolicyText(match))
        }
    }

    /// The colon that ends the kind: the first one outside quotes.
    private static func separator(in word: String) -> String.Index? {
        if let mark = word.first, mark == "'" || mark == "\"",
            let end = word.dropFirst().firstIndex(of: mark)
        {
            return word[end...].firstIndex(of: ":")
        }
        return word.firstIndex(of: ":")
    }

    private static func operand(_ text: String) -> PolicyOperand {
        if text.count >= 2, let mark = text.first, mark == "'" || mark == "\"", text.last == mark {
            return .literal(String(text.dropFirst().dropLast()))
        }
        if ["None", "True", "False"].contains(text) || Int(text) != nil { return .literal(text) }
        return .credential(text)
    }

    // MARK: Expressions

    private mutating func either() throws(ServiceError) -> PolicyCheck {
        var checks = [try both()]
        while take(.or) { checks.append(try both()) }
        return checks.count == 1 ? checks[0] : .or(checks)
    }

    private mutating func both() throws(ServiceError) -> PolicyCheck {
        var checks = [try single()]
        while take(.and) { checks.append(try single()) }
        return checks.count == 1 ? checks[0] : .and(checks)
    }

    private mutating func single() throws(ServiceError) -> PolicyCheck {
        if take(.not) { return .not(try single()) }
        if take(.open) {
            let inner = try either()
            guard take(.close) else { throw mistake }
            return inner
        }
        guard position < tokens.count, case .check(let check) = tokens[position] else { throw mistake }
        position += 1
        return check
    }

    private mutating func take(_ token: Token) -> Bool {
        guard position < tokens.count, tokens[position] == token else { return false }
        position += 1
        return true
    }
}
