public import Logging

/// A log handler that takes a line's fields as they are, sorted by key: for the one line that every request writes,
/// where a dictionary would cost as much as the line.
public protocol FieldLogHandler: LogHandler {
    func log(level: Logger.Level, message: StaticString, fields: [LogField])
}

/// One field of a log line.
public struct LogField: Sendable {
    public let key: String
    public let value: String

    public init(_ key: String, _ value: String) {
        self.key = key
        self.value = value
    }
}
