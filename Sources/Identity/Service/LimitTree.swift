import Core
import Database

/// The strict two-level model: what a project may have is bounded by what its domain may, and there are no levels
/// below the project.
enum LimitTree {
    /// Checks the tree that a stored limit is in, under a lock on its domain.
    /// - Throws: 403 when a project's limit is greater than its domain's.
    static func check(_ limit: Limit, _ tx: Transaction) throws {
        var domain = limit.domainID
        if let project = limit.projectID { domain = try ProjectStore.find(project, tx)?.domainID }
        guard let domain else { return }
        try ProjectStore.lock(ProjectID(domain.rawValue), tx)
        let (own, greatest) = try LimitStore.tree(of: limit.registered.id, in: domain, tx)
        let bound = own ?? limit.registered.defaultLimit
        guard bound >= 0, let greatest, greatest > bound else { return }
        let level = limit.projectID.map { "project_id: \($0)" } ?? "domain_id: \(domain)"
        throw ServiceError(
            .forbidden,
            "Invalid resource limit: The resource limit (\(level), resource_name: \(limit.registered.resourceName), "
                + "resource_limit: \(limit.resourceLimit), service_id: \(limit.registered.serviceID), region_id: "
                + "\(limit.registered.regionID?.rawValue ?? "None")) doesn't satisfy current hierarchy model.")
    }
}
