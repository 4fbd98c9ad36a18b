import Core
import FoundationEssentials

/// The last line of level error that this process logged: `apus status` shows it.
final class LastErrorLine: Sendable {
    static let shared = LastErrorLine()

    private let line = Locked<(at: Date, text: String)?>(nil)

    func set(_ text: String, at time: Date) { line.withLock { $0 = (time, String(text.prefix(300))) } }

    var json: JSONValue {
        line.withLock { line in
            line.map { .object(["at": .string($0.at.iso8601MicroZ), "text": .string($0.text)]) } ?? .null
        }
    }
}
