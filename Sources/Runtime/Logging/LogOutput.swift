import Core
import FoundationEssentials
import Glibc
import Logging

/// Makes a daemon's logger: lines for people on a terminal, JSON for machines otherwise.
enum LogOutput {
    static func logger(_ name: String, _ options: DaemonOptions) -> Logger {
        let isText: Bool
        switch options.logFormat {
        case .auto: isText = isatty(1) == 1
        case .json: isText = false
        case .text: isText = true
        }
        let level = Logger.Level(rawValue: options.logLevel.rawValue) ?? .info
        LoggingSystem.bootstrap { label in
            LineLogHandler(label: label, level: level, format: isText ? .text : .json)
        }
        let logger = Logger(label: name)
        // A person at a terminal sees each line as it is written.
        if isatty(1) == 0 { gatherLines(logger) }
        return logger
    }

    private static func gatherLines(_ logger: Logger) {
        do {
            try LineOutput.standard.start()
        } catch {
            logger.warning("log lines are written one by one", metadata: ["error": "\(describeError(error))"])
        }
    }
}
