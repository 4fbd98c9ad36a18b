import Core
import Synchronization
import Workflow

/// How many of one project's transfers this process has under way at a time.
///
/// Sagas share few places: a project whose servers send slowly must not hold all of them.
final class ProjectSlots: Sendable {
    private let limit: Int
    private let taken = Mutex<[ProjectID: Int]>([:])

    init(limit: Int) { self.limit = limit }

    /// - Throws: `SagaRetry` when the project has as many as it may.
    func run<Result: Sendable>(
        _ project: ProjectID?, _ body: () async throws -> Result
    ) async throws -> Result {
        let project = project ?? ProjectID("")
        guard take(project) else {
            throw SagaRetry(after: .seconds(2), reason: "\(limit) transfers of its project are under way")
        }
        defer { leave(project) }
        return try await body()
    }

    private func take(_ project: ProjectID) -> Bool {
        taken.withLock { taken in
            let count = taken[project, default: 0]
            guard count < limit else { return false }
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
