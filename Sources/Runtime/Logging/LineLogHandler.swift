import Core
import FoundationEssentials
import Logging

/// Writes one line per message to standard output.
struct LineLogHandler: LogHandler {
    enum Format: Sendable { case text, json }

    let label: String
    let format: Format
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(label: String, level: Logger.Level, format: Format) {
        self.label = label
        self.format = format
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var values = metadata
        if let more = metadataProvider?.get() { values.merge(more) { _, new in new } }
        if let more = event.metadata {
            if values.isEmpty { values = more } else { values.merge(more) { _, new in new } }
        }
        if event.level >= .error {
            let reason = values["error"].map { ": \($0)" } ?? ""
            LastErrorLine.shared.set(Self.oneLine("\(event.message)\(reason)"), at: Date())
        }
        switch format {
        case .text: LogOutput.emit(text(event, values))
        case .json: LogOutput.emit(json(event, values))
        }
    }

    private func text(_ event: LogEvent, _ values: Logger.Metadata) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(512)
        line += Date().iso8601Micro.utf8
        line += " \(event.level.rawValue.uppercased()) \(label): ".utf8
        line += event.message.description.utf8
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            line.append(UInt8(ascii: " "))
            line += key.utf8
            line.append(UInt8(ascii: "="))
            line += Self.oneLine(value.description).utf8
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private func json(_ event: LogEvent, _ values: Logger.Metadata) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("time", Date().iso8601Micro)
            writer.field("level", event.level.rawValue)
            writer.field("daemon", label)
            writer.field("message", event.message.description)
            for (key, value) in values.sorted(by: { $0.key < $1.key }) { writer.field(key, value.description) }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// A value cannot start a line of its own: what a user sent may be in it.
    private static func oneLine(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
        return String(text.flatMap { $0.isNewline ? "\\n" : String($0) })
    }
}
