import Core
import FoundationEssentials

/// An operator's policy file: JSON, or the YAML that oslo.policy's generator writes (one
/// `"rule": "check"` a line, comments, long checks in quotes over several lines).
enum PolicyFile {
    static func read(_ path: String) throws(ServiceError) -> [String: String] {
        let bytes: [UInt8]
        do {
            bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        } catch {
            throw ServiceError(.badRequest, "The policy file \(path) cannot be read.", cause: error)
        }
        do {
            return try parse(bytes)
        } catch {
            throw ServiceError(.badRequest, "The policy file \(path) is not valid: \(error.message)")
        }
    }

    static func parse(_ bytes: [UInt8]) throws(ServiceError) -> [String: String] {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.first(where: { !$0.isWhitespace }) == "{" else { return try parseYAML(text) }
        do {
            let members = try JSONValue.parse(bytes).object ?? [:]
            return try members.mapValues { value in
                guard let check = value.string else {
                    throw ServiceError(.badRequest, "a rule's check must be a string")
                }
                return check
            }
        } catch {
            throw ServiceError(.badRequest, "it is no JSON object of strings", cause: error)
        }
    }

    private static func parseYAML(_ text: String) throws(ServiceError) -> [String: String] {
        var rules: [String: String] = [:]
        var pending = ""
        var number = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            let line = line.trimmingSpaces()
            if pending.isEmpty, line.isEmpty || line.hasPrefix("#") || line == "---" || line == "{}" { continue }
            pending += pending.isEmpty ? String(line) : " \(line)"
            guard let (key, rest) = scalar(pending[...], endsAtColon: true), rest.first == ":" else {
                throw ServiceError(.badRequest, "line \(number) is no \"rule\": \"check\"")
            }
            let value = rest.dropFirst().trimmingSpaces()
            // A quoted check that is still open goes on in the next line.
            guard let (check, tail) = scalar(value, endsAtColon: false) else { continue }
            guard tail.trimmingSpaces().isEmpty || tail.trimmingSpaces().hasPrefix("#") else {
                throw ServiceError(.badRequest, "line \(number) has something after the check")
            }
            rules[key] = check
            pending = ""
        }
        guard pending.isEmpty else { throw ServiceError(.badRequest, "the last quotation is not closed") }
        return rules
    }

    /// A quoted or plain scalar at the start of `text`, and what follows it; nil for an open quotation.
    private static func scalar(_ text: Substring, endsAtColon: Bool) -> (String, Substring)? {
        if let mark = text.first, mark == "\"" || mark == "'" {
            var result = ""
            var index = text.index(after: text.startIndex)
            while index < text.endIndex {
                let character = text[index]
                let next = text.index(after: index)
                if character == mark {
                    guard mark == "'", next < text.endIndex, text[next] == "'" else { return (result, text[next...]) }
                    result.append("'")
                    index = text.index(after: next)
                } else if character == "\\", mark == "\"", next < text.endIndex {
                    result.append(text[next])
                    index = text.index(after: next)
                } else {
                    result.append(character)
                    index = next
                }
            }
            return nil
        }
        if endsAtColon {
            // A plain key may hold colons: the separator is the one before a space or the end.
            guard
                let end = text.firstRange(of: ": ")?.lowerBound
                    ?? (text.last == ":" ? text.index(before: text.endIndex) : nil)
            else { return (String(text), "") }
            return (String(text[..<end]), text[end...])
        }
        let end = text.firstRange(of: " #")?.lowerBound ?? text.endIndex
        return (String(text[..<end].trimmingSpaces()), text[end...])
    }
}

extension Substring {
    func trimmingSpaces() -> Substring {
        var result = self
        while let first = result.first, first.isWhitespace { result = result.dropFirst() }
        while let last = result.last, last.isWhitespace { result = result.dropLast() }
        return result
    }
}
