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
        return Logger(label: name)
    }

    /// One `write` a line, so that lines of several threads do not mix.
    static func emit(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let written = write(1, rest.baseAddress, rest.count)
                if written > 0 {
                    rest = rest.dropFirst(written)
                } else if errno != EINTR {
                    return  // Nobody reads our output: there is nowhere left to say so.
                }
            }
        }
    }
}

extension Slice where Base == UnsafeRawBufferPointer {
    fileprivate var baseAddress: UnsafeRawPointer? { UnsafeRawBufferPointer(rebasing: self).baseAddress }
}
