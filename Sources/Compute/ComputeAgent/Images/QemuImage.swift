import Core

/// `qemu-img`, always told the format, with limits on time, processor and memory: it parses what
/// tenants made.
struct QemuImage: Sendable {
    /// One run's arguments. None leaves a format to be guessed: a guest may have written another format's
    /// header into its raw disk (CVE-2026-24708).
    enum Run: Sendable, Hashable {
        case convert(String, from: String, to: String, as: String)
        case create(String, format: String, bytes: Int)
        /// A layer over the raw file `base`.
        case overlay(String, base: String, bytes: Int)
        case resize(String, format: String, bytes: Int)

        var arguments: [String] {
            switch self {
            case .convert(let source, let from, let target, let format):
                ["convert", "-f", from, "-O", format, source, target]
            case .create(let path, let format, let bytes):
                ["create", "-q", "-f", format, path, String(bytes)]
            case .overlay(let path, let base, let bytes):
                ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", base, path, String(bytes)]
            case .resize(let path, let format, let bytes):
                ["resize", "-q", "-f", format, path, String(bytes)]
            }
        }
    }

    /// Address space for one run; conversion of a large image needs little more than its tables.
    private static let memory = 2 << 30
    private static let cpuSeconds = 600

    func run(_ run: Run) async throws {
        var command = Command("qemu-img", run.arguments)
        command.timeout = .seconds(600)
        command.limits = Command.Limits(
            cpuSeconds: Self.cpuSeconds, addressSpaceBytes: Self.memory, endsWithProcess: true)
        try await command.checked()
    }
}
