/// A clock whose kind does not matter: times since this value was made.
struct ElapsedTime: Sendable {
    let now: @Sendable () -> Duration
    let sleep: @Sendable (Duration) async throws -> Void

    init(_ clock: any Clock<Duration>) { self = Self.open(clock) }

    private init(now: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (Duration) async throws -> Void) {
        self.now = now
        self.sleep = sleep
    }

    private static func open<C: Clock>(_ clock: C) -> ElapsedTime where C.Duration == Duration {
        let start = clock.now
        return ElapsedTime(now: { start.duration(to: clock.now) }, sleep: { try await clock.sleep(for: $0) })
    }
}
