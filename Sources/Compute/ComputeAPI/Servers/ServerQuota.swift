import ComputeModel
import ComputeStore
import Core
import Database

/// Refuses servers beyond a project's quota. Runs in the accepting transaction, after the project's quota lock,
/// so that racing requests cannot both take the last of it.
struct ServerQuota: Sendable {
    private let defaults: QuotaOptions

    init(_ defaults: QuotaOptions) { self.defaults = defaults }

    func check(_ plan: ServerPlan, _ project: ProjectID, in transaction: Transaction) throws {
        let used = try QuotaStore.usage(of: project, in: transaction)
        let limits = try QuotaStore.limits(of: project, in: transaction)
        let wanted = [
            ("instances", plan.count, used.servers),
            ("cores", plan.count * plan.flavor.vcpus, used.vcpus),
            ("ram", plan.count * plan.flavor.memoryMiB, used.memoryMiB),
        ]
        let over = wanted.filter { resource, asked, used in
            let limit = limits[resource] ?? defaults.value(resource)
            return limit >= 0 && used + asked > limit
        }
        guard !over.isEmpty else { return }
        func join(_ part: ((String, Int, Int)) -> String) -> String { over.map(part).joined(separator: ", ") }
        let allowed = join { "\(limits[$0.0] ?? defaults.value($0.0))" }
        throw ServiceError(
            .overQuota,
            "Quota exceeded for \(join { $0.0 }): Requested \(join { "\($0.1)" }), but already used \(join { "\($0.2)" }) of \(allowed) \(join { $0.0 })"
        )
    }
}
