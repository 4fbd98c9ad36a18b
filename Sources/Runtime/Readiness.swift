import Core

/// What the daemon's checks found.
struct Readiness: Sendable {
    private struct Result: Sendable {
        let index: Int
        let name: String
        let problem: String?
    }

    private let results: [Result]

    var isReady: Bool { results.allSatisfy { $0.problem == nil } }

    /// All checks at once, in the order in which they were added.
    static func look(_ checks: [ReadinessCheck]) async -> Readiness {
        await withTaskGroup(of: Result.self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask {
                    do {
                        try await check.probe()
                        return Result(index: index, name: check.name, problem: nil)
                    } catch {
                        return Result(
                            index: index, name: check.name, problem: (error as? ServiceError)?.message ?? "failed")
                    }
                }
            }
            var results: [Result] = []
            for await result in group { results.append(result) }
            return Readiness(results: results.sorted { $0.index < $1.index })
        }
    }

    /// The members `ready` and `checks` of an object.
    func write(to json: inout JSONWriter) {
        json.field("ready", isReady)
        json.field("checks") { json in
            json.object { json in
                for result in results { json.field(result.name, result.problem ?? "ok") }
            }
        }
    }
}
