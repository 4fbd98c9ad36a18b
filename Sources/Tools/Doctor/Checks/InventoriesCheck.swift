import Core
import Database

/// What is used of each inventory against what there is.
struct InventoriesCheck: DoctorCheck {
    let name = "inventories"
    let summary = "claims against what each host has"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let rows = try await cloud.database("placement").query(
            """
            SELECT p.name, a.resource_class, i.total, i.reserved, i.allocation_ratio, SUM(a.used) AS used
            FROM allocations a
            JOIN resource_providers p ON p.id = a.provider
            LEFT JOIN inventories i ON i.provider = a.provider AND i.resource_class = a.resource_class
            GROUP BY p.name, a.resource_class, i.total, i.reserved, i.allocation_ratio
            """)
        return try rows.compactMap { row in
            let what = "\(try row.get("resource_class", as: String.self)) of \(try row.get("name", as: String.self))"
            let used: Int = try row.get("used")
            guard let total: Int = try row.get("total") else {
                return Finding(
                    .warning, .mismatch, what, "\(used) claimed, and the host has none of it",
                    advice: "see what the host reports: openstack resource provider inventory list")
            }
            let ratio: Double = try row.get("allocation_ratio")
            let capacity = Int(Double(total - (try row.get("reserved", as: Int.self))) * ratio)
            guard used > capacity else { return nil }
            return Finding(
                .warning, .mismatch, what, "\(used) claimed of \(capacity)",
                advice: "move or delete servers there, or raise the host's allocation ratio")
        }
    }
}
