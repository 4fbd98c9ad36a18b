import Core

/// Runs conversions: few at a time, one of each project, and on threads that nothing else waits for.
///
/// One can take an hour. Whoever finds no place comes again, and leaves its place among the sagas to others meanwhile.
struct Conversions: Sendable {
    /// Whose turn it is. To be asked for before anything is read.
    let slots: ProjectSlots
    private let pool: BlockingPool

    /// Seconds of processor time, and bytes of memory, for one: it parses what users made.
    private static let cpuSeconds = 1800
    private static let memory = 2 << 30

    init(_ options: ImportPluginOptions) {
        slots = ProjectSlots(limit: 1, total: options.conversionWorkers)
        pool = BlockingPool(
            name: "conversion", threads: options.conversionWorkers, maxQueue: options.conversionWorkers)
    }

    /// Formats and paths of one.
    struct Job: Sendable {
        var source: String
        var from: String
        var target: String
        var to: String
        /// Bytes that the target may have. What the source says of its size is not believed: `qemu-img` may read it
        /// elsewhere than we do.
        var limit: Int64
    }

    /// Called by whoever has a place.
    /// - Throws: `.tooLarge` past the limit.
    func run(_ job: Job) async throws {
        var command = Command("qemu-img", ["convert", "-f", job.from, "-O", job.to, job.source, job.target])
        command.timeout = .seconds(2 * Self.cpuSeconds)
        command.limits = Command.Limits(
            cpuSeconds: Self.cpuSeconds, addressSpaceBytes: Self.memory, fileBytes: job.limit, endsWithProcess: true)
        command.pool = pool
        let result = try await command.run()
        // Killed at a write; refused where it makes the file as long as it will be.
        guard !result.wroteTooMuch, result.succeeded || !result.errorOutput.contains("File too large") else {
            throw ServiceError(
                .tooLarge, "The converted image is larger than it says it is: the limit is \(job.limit) bytes.")
        }
        guard result.succeeded else {
            throw ServiceError(
                .internal, "The image could not be converted.",
                detail: "qemu-img ended with status \(result.status): \(result.errorOutput.suffix(2000))")
        }
    }
}
