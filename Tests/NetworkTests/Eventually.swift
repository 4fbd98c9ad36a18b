struct NeverHappened: Error {
    let what: String
}

/// Waits, with a bound, for a condition.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    for _ in 0..<500 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw NeverHappened(what: what)
}
