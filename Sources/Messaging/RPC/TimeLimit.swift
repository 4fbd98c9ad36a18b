import Core

/// Runs `body`, cancelled when `limit` has passed.
func withTimeLimit<Value: Sendable>(
    _ limit: Duration, _ timer: any Clock<Duration>, _ body: @escaping @Sendable () async throws -> Value,
    onTimeout: @escaping @Sendable () -> any Error
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await timer.sleep(for: limit)
            throw onTimeout()
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw onTimeout() }
        return value
    }
}

extension Duration {
    /// The length in seconds.
    var seconds: Double {
        let (whole, fraction) = components
        return Double(whole) + Double(fraction) / 1e18
    }

    /// The length in whole milliseconds, at least 1.
    var wholeMilliseconds: Int {
        let (whole, fraction) = components
        return max(1, Int(whole) * 1000 + Int(fraction / 1_000_000_000_000_000))
    }
}
