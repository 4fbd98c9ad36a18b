import FoundationEssentials

/// All hosts in memory, read again when they are older than a moment, by one reader at a time.
actor HostSnapshot {
    private let read: @Sendable () async throws -> [HostCandidate]
    private let maximumAge: Duration
    private var hosts: [HostCandidate] = []
    private var readAt: ContinuousClock.Instant?
    private var reading: Task<[HostCandidate], any Error>?

    init(maximumAge: Duration, _ read: @escaping @Sendable () async throws -> [HostCandidate]) {
        self.maximumAge = maximumAge
        self.read = read
    }

    /// The hosts; with `fresh`, as they are now.
    func current(fresh: Bool = false) async throws -> [HostCandidate] {
        if !fresh, let readAt, ContinuousClock.now - readAt < maximumAge { return hosts }
        if let reading { return try await reading.value }
        let task = Task { [read] in try await read() }
        reading = task
        defer { reading = nil }
        hosts = try await task.value
        readAt = .now
        return hosts
    }
}
