import Core
package import Database

/// Which policy document an endpoint, a service, or a service in a region goes by.
package enum PolicyAssociationStore {
    private static func matching(_ target: PolicyTarget) -> SQL {
        let (endpoint, service, region) = columns(target)
        return "endpoint_id = \(endpoint) AND service_id = \(service) AND region_id = \(region)"
    }

    private static func columns(_ target: PolicyTarget) -> (endpoint: String, service: String, region: String) {
        switch target {
        case .endpoint(let id): (id.rawValue, "", "")
        case .service(let id): ("", id.rawValue, "")
        case .serviceInRegion(let id, let region): ("", id.rawValue, region.rawValue)
        }
    }

    /// Associates, in place of whatever the target had.
    package static func set(_ policy: PolicyDocumentID, for target: PolicyTarget, _ tx: Transaction) throws {
        let (endpoint, service, region) = columns(target)
        try tx.execute(
            """
            INSERT INTO policy_associations (endpoint_id, service_id, region_id, policy_id)
            VALUES (\(endpoint), \(service), \(region), \(policy))
            ON DUPLICATE KEY UPDATE policy_id = VALUES(policy_id)
            """)
    }

    package static func exists(
        _ policy: PolicyDocumentID, for target: PolicyTarget, _ tx: Transaction
    ) throws -> Bool {
        try tx.first(
            "SELECT 1 AS found FROM policy_associations WHERE \(sql: matching(target)) AND policy_id = \(policy)")
            != nil
    }

    package static func remove(
        _ policy: PolicyDocumentID, for target: PolicyTarget, _ tx: Transaction
    ) throws -> Bool {
        try tx.execute(
            "DELETE FROM policy_associations WHERE \(sql: matching(target)) AND policy_id = \(policy)") > 0
    }

    /// The associations that may concern an endpoint: its own, and those of its service anywhere.
    package static func all(
        for endpoint: EndpointID, of service: ServiceID, _ tx: Transaction
    ) throws -> [PolicyTarget: PolicyDocumentID] {
        try read("WHERE endpoint_id = \(endpoint) OR service_id = \(service)", tx)
    }

    package static func all(of policy: PolicyDocumentID, _ tx: Transaction) throws -> Set<PolicyTarget> {
        Set(try read("WHERE policy_id = \(policy)", tx).keys)
    }

    package static func all(_ tx: Transaction) throws -> [PolicyTarget: PolicyDocumentID] { try read("", tx) }

    private static func read(_ condition: SQL, _ tx: Transaction) throws -> [PolicyTarget: PolicyDocumentID] {
        var found: [PolicyTarget: PolicyDocumentID] = [:]
        for row in try tx.query("SELECT * FROM policy_associations \(sql: condition)") {
            let endpoint: EndpointID? = try row.id("endpoint_id")
            let service: ServiceID = ServiceID(try row.get("service_id"))
            let region: RegionID? = try row.id("region_id")
            let target: PolicyTarget =
                if let endpoint { .endpoint(endpoint) } else if let region { .serviceInRegion(service, region) } else {
                    .service(service)
                }
            found[target] = try row.get("policy_id")
        }
        return found
    }
}
