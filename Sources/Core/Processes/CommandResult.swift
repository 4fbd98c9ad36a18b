import Glibc

/// What a program did.
public struct CommandResult: Sendable {
    public enum Ending: Sendable, Hashable {
        case exited(Int32)
        case signalled(Int32)
    }

    public let ending: Ending
    public let stdout: [UInt8]
    public let stderr: [UInt8]

    /// The exit status; 128 plus the signal's number when one ended it, as shells say it.
    public var status: Int32 {
        switch ending {
        case .exited(let status): status
        case .signalled(let signal): 128 + signal
        }
    }

    /// Whether it was killed because a file grew past `Command.Limits.fileBytes`.
    public var wroteTooMuch: Bool { ending == .signalled(SIGXFSZ) }
    public var succeeded: Bool { ending == .exited(0) }
    public var output: String { String(decoding: stdout, as: UTF8.self) }
    public var errorOutput: String { String(decoding: stderr, as: UTF8.self) }
}
