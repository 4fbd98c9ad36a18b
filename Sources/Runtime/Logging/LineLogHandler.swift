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
        let fields = values.sorted { $0.key < $1.key }.map { LogField($0.key, $0.value.description) }
        write(event.level, event.message.description, fields)
    }

    private func write(_ level: Logger.Level, _ message: String, _ fields: [LogField]) {
        let line =
            switch format {
            case .text: text(level, message, fields)
            case .json: json(level, message, fields)
            }
        LineOutput.standard.append(line, isUrgent: level >= .warning)
    }

    private func text(_ level: Logger.Level, _ message: String, _ fields: [LogField]) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(512)
        line += Date().iso8601Micro.utf8
        line.append(UInt8(ascii: " "))
        for letter in level.rawValue.utf8 { line.append(letter & 0xDF) }  // in capitals
        line.append(UInt8(ascii: " "))
        line += label.utf8
        line += ": ".utf8
        line += message.utf8
        for field in fields {
            line.append(UInt8(ascii: " "))
            line += field.key.utf8
            line.append(UInt8(ascii: "="))
            line += Self.oneLine(field.value).utf8
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private func json(_ level: Logger.Level, _ message: String, _ fields: [LogField]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("time", Date().iso8601Micro)
            writer.field("level", level.rawValue)
            writer.field("daemon", label)
            writer.field("message", message)
            for field in fields { writer.field(field.key, field.value) }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    /// A value cannot start a line of its own: what a user sent may be in it.
    private static func oneLine(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
        return String(text.flatMap { $0.isNewline ? "\\n" : String($0) })
    }
}

extension LineLogHandler: FieldLogHandler {
    func log(level: Logger.Level, message: StaticString, fields: [LogField]) {
        guard metadata.isEmpty, metadataProvider == nil, level < .error else {
            let metadata = Dictionary(fields.map { ($0.key, Logger.MetadataValue.string($0.value)) }) { _, new in new }
            log(
                event: LogEvent(
                    level: level, message: "\(message)", metadata: metadata, source: label, file: #fileID,
                    function: #function, line: #line))
            return
        }
        write(level, message.description, fields)
    }
}
