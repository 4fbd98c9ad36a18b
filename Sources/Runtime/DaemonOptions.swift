public import Core
import Glibc

/// What every daemon has: its name in the cloud and how it logs.
public struct DaemonOptions: OptionGroup {
    public static let group = "DEFAULT"

    public enum LogFormat: String, CaseIterable, Sendable, OptionValue { case auto, json, text }
    public enum LogLevel: String, CaseIterable, Sendable, OptionValue {
        case trace, debug, info, notice, warning, error, critical
    }

    public let host: String
    public let logLevel: LogLevel
    public let logFormat: LogFormat

    public init(_ options: inout OptionReader) throws {
        let named = try options.optional(
            "host", String.self,
            help: "This machine's name in the cloud: queues and services carry it. Its host name, if not set.")
        host = named ?? DaemonOptions.hostName()
        logLevel = try options.value("log_level", default: .info, help: "The least important lines that are logged.")
        logFormat = try options.value(
            "log_format", default: .auto, help: "json, text, or auto: text on a terminal and JSON otherwise.")
    }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The listener for operators: health, readiness and metrics.
public struct AdminOptions: OptionGroup {
    public static let group = "admin"

    public let bind: String
    public let port: Int

    public init(_ options: inout OptionReader) throws {
        bind = try options.value(
            "bind", default: "127.0.0.1", help: "Address for /healthz, /readyz, /status, /stories and /metrics.")
        port = try options.value("port", default: 0, in: 0...65535, help: "Its port; 0 listens nowhere.")
    }
}
