import CLinux
import Glibc

/// A started program and the pipes to it. Used on one blocking thread, which waits for it.
struct RunningProcess {
    private let id: pid_t
    private var input: Int32
    private var output: Int32
    private var errors: Int32
    private var stdout: [UInt8] = []
    private var stderr: [UInt8] = []

    init(_ command: Command) throws {
        let path = try command.resolvedPath()
        let environment = command.environment.map { "\($0.key)=\($0.value)" }.sorted()
        var started = apus_process()
        var limits = apus_limits(
            cpu_seconds: Int64(command.limits.cpuSeconds ?? -1),
            address_space: Int64(command.limits.addressSpaceBytes ?? -1), file_size: command.limits.fileBytes ?? -1,
            ends_with_us: command.limits.endsWithProcess ? 1 : 0)
        let status = withCStrings([path] + command.arguments) { arguments in
            withCStrings(environment) { environment in
                apus_spawn(path, arguments, environment, &limits, &started)
            }
        }
        guard status == 0 else {
            throw ServiceError(
                status == ENOENT ? .notFound : .internal, "A program could not be started.",
                detail: "\(path): \(String(cString: strerror(status)))")
        }
        id = started.id
        input = started.input
        output = started.output
        errors = started.errors
    }

    /// Feeds and drains the pipes until the program ends.
    mutating func finish(_ command: Command, _ cancellation: CancellationFlag) throws -> CommandResult {
        defer { closeAll() }
        let deadline = ContinuousClock.now + command.timeout
        var unsent = command.standardInput[...]
        if unsent.isEmpty { close(&input) }
        do {
            while output >= 0 || errors >= 0 {
                if cancellation.isSet { throw CancellationError() }
                guard ContinuousClock.now < deadline else {
                    throw ServiceError(
                        .timeout, "An external program took too long.",
                        detail: "\(command.executable) was ended after \(command.timeout)")
                }
                waitForPipes()
                if input >= 0 { send(&unsent) }
                read(from: &output, into: &stdout)
                read(from: &errors, into: &stderr)
                guard stdout.count <= command.outputLimit, stderr.count <= command.outputLimit else {
                    throw ServiceError(
                        .tooLarge, "An external program answered too much.", detail: command.executable)
                }
            }
            return CommandResult(ending: try ending(deadline, cancellation), stdout: stdout, stderr: stderr)
        } catch {
            kill(-id, SIGKILL)
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0 && errno == EINTR {}
            throw error
        }
    }

    private func ending(_ deadline: ContinuousClock.Instant, _ cancellation: CancellationFlag) throws
        -> CommandResult.Ending
    {
        var status: Int32 = 0
        while true {
            // The pipes are closed, so the end is near: a short sleep between looks is enough.
            let ended = waitpid(id, &status, WNOHANG)
            if ended == id { break }
            if ended < 0 && errno != EINTR {
                throw ServiceError(.internal, "A program was lost.", detail: "waitpid: \(errno)")
            }
            if cancellation.isSet { throw CancellationError() }
            guard ContinuousClock.now < deadline else {
                throw ServiceError(.timeout, "An external program took too long.")
            }
            usleep(1000)
        }
        return status & 0x7f == 0 ? .exited(status >> 8 & 0xff) : .signalled(status & 0x7f)
    }

    /// Sleeps until a pipe is ready, at most a fifth of a second, so that cancellation is noticed.
    private func waitForPipes() {
        var descriptors: [pollfd] = []
        if input >= 0 { descriptors.append(pollfd(fd: input, events: Int16(POLLOUT), revents: 0)) }
        if output >= 0 { descriptors.append(pollfd(fd: output, events: Int16(POLLIN), revents: 0)) }
        if errors >= 0 { descriptors.append(pollfd(fd: errors, events: Int16(POLLIN), revents: 0)) }
        _ = poll(&descriptors, nfds_t(descriptors.count), 200)
    }

    private mutating func send(_ unsent: inout ArraySlice<UInt8>) {
        let sent = unsent.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
        if sent > 0 { unsent = unsent.dropFirst(sent) }
        let isBroken = sent < 0 && errno != EAGAIN && errno != EINTR
        if unsent.isEmpty || isBroken { close(&input) }
    }

    private func read(from descriptor: inout Int32, into bytes: inout [UInt8]) {
        guard descriptor >= 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count > 0 { bytes.append(contentsOf: buffer[..<count]) }
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { close(&descriptor) }
    }

    private func close(_ descriptor: inout Int32) {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }

    private mutating func closeAll() {
        close(&input)
        close(&output)
        close(&errors)
    }
}

/// Lends a null-terminated array of C strings.
private func withCStrings<T>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> T
) -> T {
    var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers)
}
