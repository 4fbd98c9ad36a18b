import Core
import Synchronization
import Workflow

/// How much slow work this process has under way at a time, of one project and in all.
///
/// Sagas share few places: a project whose servers send slowly must not hold all of them.
final class ProjectSlots: Sendable {
    private let limit: Int
    private let total: Int
    private let taken = Mutex<[ProjectID: Int]>([:])

    init(limit: Int, total: Int = .max) {
        self.limit = limit
        self.total = total
    }

    /// - Throws: `SagaRetry` when there is as much as may be: nobody waits here.
    func run<Result: Sendable>(
        _ project: ProjectID?, _ body: () async throws -> Result
    ) async throws -> Result {
        let project = project ?? ProjectID("")
        guard take(project) else {
            // Who has waited long must ask nearly as often as who has just come, or others would always go first.
            throw SagaRetry(
                after: .seconds(2), isGrowing: true, longest: .seconds(10), reason: "others of its project go first")
        }
        defer { leave(project) }
        return try await body()
    }

    private func take(_ project: ProjectID) -> Bool {
        taken.withLock { taken in
            let count = taken[project, default: 0]
            guard count < limit, total == .max || taken.values.reduce(0, +) < total else { return false }
            taken[project] = count + 1
            return true
        }
    }

    private func leave(_ project: ProjectID) {
        taken.withLock { taken in
            let count = taken[project, default: 1] - 1
            taken[project] = count > 0 ? count : nil
        }
    }
}
