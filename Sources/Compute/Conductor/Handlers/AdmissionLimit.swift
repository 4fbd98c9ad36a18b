import Core

/// So many at a time; who comes when all are at work is refused at once, instead of waiting in the place of others.
final class AdmissionLimit: Sendable {
    private let limit: Int
    private let refusal: String
    private let running = Locked(0)

    /// - Parameter refusal: what those are told who are refused.
    init(_ limit: Int, refusal: String) {
        self.limit = limit
        self.refusal = refusal
    }

    /// - Throws: `.unavailable` when as many as may be are at work; what `work` throws.
    func admit(_ work: () async throws -> Void) async throws {
        let isAdmitted = running.withLock { running in
            guard running < limit else { return false }
            running += 1
            return true
        }
        guard isAdmitted else { throw ServiceError(.unavailable, refusal) }
        defer { running.withLock { $0 -= 1 } }
        try await work()
    }
}
