package import Core
package import Database
package import FoundationEssentials

package enum TransferKind {}
package typealias TransferID = ID<TransferKind>

/// A volume offered to whoever has the key.
package struct Transfer: Sendable {
    package var id: TransferID
    package var volume: VolumeID
    package var projectID: ProjectID
    package var name: String?
    package var salt: String
    package var keyHash: String
    package var leavesSnapshots: Bool
    package var createdAt: Date

    package init(_ row: Row) throws {
        id = try row.get("id")
        volume = try row.get("volume_id")
        projectID = try row.get("project_id")
        name = try row.get("name")
        salt = try row.get("salt")
        keyHash = try row.get("key_hash")
        leavesSnapshots = try row.get("no_snapshots")
        createdAt = try row.get("created_at")
    }
}

/// Transfers' rows.
package struct TransferStore: Sendable {
    package let database: Database

    package static func missing(_ id: TransferID) -> ServiceError {
        ServiceError(.notFound, "Transfer \(id) could not be found.")
    }

    static func one(_ id: TransferID) -> SQL { "SELECT * FROM transfers WHERE id = \(id) AND deleted_at IS NULL" }

    package func find(_ id: TransferID, _ scope: Scope) async throws -> Transfer {
        let row = try await database.first("\(sql: Self.one(id)) AND \(sql: scope.condition("transfers"))")
        guard let row else { throw Self.missing(id) }
        return try Transfer(row)
    }

    package func list(_ scope: Scope, _ page: ListPage) async throws -> Listed<Transfer> {
        var conditions: [SQL] = ["deleted_at IS NULL", scope.condition("transfers")]
        if let marker = page.marker {
            conditions.append("(created_at, id) < (SELECT created_at, id FROM transfers WHERE id = \(marker))")
        }
        let rows = try await database.query(
            """
            SELECT * FROM transfers WHERE \(sql: .joined(conditions, separator: " AND "))
            ORDER BY created_at DESC, id DESC LIMIT \(page.limit) OFFSET \(page.offset)
            """)
        return Listed(try rows.map(Transfer.init))
    }
}
