import Core
import FoundationEssentials

/// The number of the newest revocation, as far as this process knows.
///
/// One that was made here counts at once; one of another daemon's when the number is read again, which is well within
/// the second in which a revocation has to be in force everywhere.
final class NewestRevocation: Sendable {
    /// Seconds for which a number that was read is believed.
    private static let belief: TimeInterval = 0.5

    private struct State {
        var number: Int64 = 0
        var readAt = Date.distantPast
    }

    private let state = Locked(State())

    /// - Returns: nil when it has to be read.
    func number(at now: Date) -> Int64? {
        state.withLock { state in
            let age = now.timeIntervalSince(state.readAt)
            // A clock that was set back proves nothing.
            return age >= 0 && age < Self.belief ? state.number : nil
        }
    }

    /// - Parameter asked: when the reading began: what came later it may not have seen.
    func read(_ number: Int64, asked: Date) {
        state.withLock { state in
            state.number = max(state.number, number)
            state.readAt = max(state.readAt, asked)
        }
    }

    func made(_ number: Int64) { state.withLock { $0.number = max($0.number, number) } }
}

extension IdentityEnvironment {
    /// What is read after this call may be remembered under the number: what changes from here on has a greater one.
    func newestRevocation() async throws -> Int64 {
        let now = clock.now()
        if let known = newest.number(at: now) { return known }
        return try await readNewestRevocation()
    }

    /// From the database, whatever is known.
    func readNewestRevocation() async throws -> Int64 {
        let now = clock.now()
        let number = try await RevocationStore.sequence(database)
        newest.read(number, asked: now)
        return number
    }

    /// Tells everybody that tokens became void: this process at once, the others by a message.
    package func announce(_ event: RevocationEvent) async {
        if let number = event.sequence { newest.made(number) }
        await announcement(event)
    }
}
