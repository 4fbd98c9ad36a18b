import Core

/// `qemu-img`, always told the format, with limits on time, processor and memory: it parses what
/// tenants made.
struct QemuImage: Sendable {
    /// Address space for one run; conversion of a large image needs little more than its tables.
    private static let memory = 2 << 30
    private static let cpuSeconds = 600

    private func run(_ arguments: [String], timeout: Duration = .seconds(600)) async throws {
        var command = Command("qemu-img", arguments)
        command.timeout = timeout
        command.limits = Command.Limits(cpuSeconds: Self.cpuSeconds, addressSpaceBytes: Self.memory)
        try await command.checked()
    }

    func convert(_ source: String, from: String, to target: String, as format: String) async throws {
        try await run(["convert", "-f", from, "-O", format, source, target])
    }

    /// An empty disk.
    func create(_ path: String, format: String, bytes: Int) async throws {
        try await run(["create", "-q", "-f", format, path, String(bytes)])
    }

    /// A layer over the raw file `base`.
    func overlay(_ path: String, on base: String, bytes: Int) async throws {
        try await run(["create", "-q", "-f", "qcow2", "-F", "raw", "-b", base, path, String(bytes)])
    }

    func resize(_ path: String, format: String, bytes: Int) async throws {
        try await run(["resize", "-q", "-f", format, path, String(bytes)])
    }
}
