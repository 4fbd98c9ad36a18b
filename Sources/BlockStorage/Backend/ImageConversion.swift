import Core

/// Runs qemu-img on files that we have inspected, with the formats named and under limits.
package struct ImageConversion: Sendable {
    private let timeout: Duration
    private let memory: Int

    package init(timeout: Duration, memoryBytes: Int) {
        self.timeout = timeout
        memory = memoryBytes
    }

    package func convert(_ source: String, from: String, to format: String, _ target: String) async throws {
        var command = Command(
            "qemu-img", ["convert", "-f", from, "-O", format, "-S", "4k", "--", source, target])
        command.timeout = timeout
        command.limits = .init(
            cpuSeconds: Int(timeout.components.seconds), addressSpaceBytes: memory, endsWithProcess: true)
        try await command.checked()
    }
}
