import Glibc

/// Where log lines go: a descriptor, written by a thread of its own a twentieth of a second later, many lines at a
/// time.
///
/// Nobody waits for the disk but who fills the buffer, and who writes a line that must not be lost. A process that is
/// killed loses what it logged in its last twentieth of a second, warnings and errors excepted.
public final class LineOutput: Sendable {
    public static let standard = LineOutput(descriptor: 1)

    /// Bytes that wait, at most and by about a line.
    static let limit = 65_536
    private static let pause: useconds_t = 50_000

    private struct Waiting {
        var bytes: [UInt8] = []
        /// Wakes the thread; there is none before `start`.
        var wakeUp: ThreadSemaphore?
    }

    private enum Next {
        case nothing
        case wake(ThreadSemaphore)
        case write
    }

    private let waiting = Locked(Waiting())
    /// Held while lines are taken and written, which keeps them in order.
    private let descriptor: Locked<Int32>

    init(descriptor: Int32) { self.descriptor = Locked(descriptor) }

    /// Starts the thread. Until then, and when there is none to be had, each line is written at once.
    public func start() throws {
        let semaphore = try ThreadSemaphore()
        try startThread("log") { [self] in
            while true {
                semaphore.wait()
                usleep(Self.pause)
                flush()
            }
        }
        waiting.withLock { $0.wakeUp = semaphore }
    }

    /// - Parameter isUrgent: this line, and those before it, are written before the call returns.
    public func append(_ line: [UInt8], isUrgent: Bool) {
        let next = waiting.withLock { waiting -> Next in
            let isFirst = waiting.bytes.isEmpty
            waiting.bytes += line
            guard !isUrgent, waiting.bytes.count < Self.limit, let thread = waiting.wakeUp else { return .write }
            return isFirst ? .wake(thread) : .nothing
        }
        switch next {
        case .nothing: break
        case .wake(let thread): thread.signal()
        case .write: flush()
        }
    }

    /// Writes what waits. May block on whoever reads.
    public func flush() {
        descriptor.withLock { descriptor in
            let bytes = waiting.withLock { waiting in
                defer { waiting.bytes = [] }
                return waiting.bytes
            }
            bytes.withUnsafeBytes { Self.write(all: $0, to: descriptor) }
        }
    }

    private static func write(all bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if written > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            } else if errno != EINTR {
                return  // Nobody reads our output: there is nowhere left to say so.
            }
        }
    }
}
