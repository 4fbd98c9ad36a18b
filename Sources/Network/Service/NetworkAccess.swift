import Core
import Database

/// Who may put something into a network: its owner, whom it is shared with, and administrators.
///
/// An external network that is only that can be seen and routed to, not plugged into.
enum NetworkAccess {
    /// - Parameter project: for whom; a service that acts for a project has that project's rights only.
    static func check(_ network: Record, for project: String, _ action: String, _ change: NetworkChange) throws {
        if change.caller.isAdmin, !change.caller.actsFor(project) { return }
        if network.projectID == project { return }
        let policies = try change.transaction.query(
            """
            SELECT action FROM rbac_policies WHERE object_id = \(network.id) AND target_project IN ('*', \(project))
            """
        ).map { try $0.get("action", as: String.self) }
        if policies.contains("access_as_shared") { return }
        if policies.isEmpty { throw NetworkObject.network.notFound(network.id) }
        throw ServiceError.network(.forbidden, "PolicyNotAuthorized", "rule:\(action) is disallowed by policy")
    }

    /// Only the owner changes what a network consists of.
    static func checkOwner(_ network: Record, _ action: String, _ change: NetworkChange) throws {
        if change.caller.owns(network) { return }
        let visible = try RecordStore.select(
            .networks,
            where: "r.id = \(network.id) AND \(sql: Networks(options: change.options).visible(to: change.caller))",
            change.transaction)
        if visible.isEmpty { throw NetworkObject.network.notFound(network.id) }
        throw ServiceError.network(.forbidden, "PolicyNotAuthorized", "rule:\(action) is disallowed by policy")
    }
}
