import Core
package import Database
package import FoundationEssentials

/// A named set of hosts with metadata; one with `availability_zone` is a zone.
package struct Aggregate: Sendable {
    package var id: Int64
    package var uuid: String
    package var name: String
    package var metadata: [String: String]
    package var hosts: [String]
    package var createdAt: Date
    package var updatedAt: Date?

    package var zone: String? { metadata["availability_zone"] }

    init(_ row: Row, hosts: [String]) throws {
        id = try row.get("id")
        uuid = try row.get("uuid")
        name = try row.get("name")
        metadata = try row.document("metadata")
        self.hosts = hosts
        createdAt = try row.get("created_at")
        updatedAt = try row.get("updated_at")
    }
}

package enum AggregateStore {
    package static func list(in database: Database) async throws -> [Aggregate] {
        let hosts = try await database.query("SELECT aggregate_id, host FROM aggregate_hosts ORDER BY host")
            .reduce(into: [Int64: [String]]()) {
                $0[try $1.get("aggregate_id", as: Int64.self), default: []].append(try $1.get("host", as: String.self))
            }
        return try await database.query("SELECT * FROM aggregates ORDER BY id").map { row in
            try Aggregate(row, hosts: hosts[try row.get("id", as: Int64.self)] ?? [])
        }
    }

    package static func find(_ id: Int64, in database: Database) async throws -> Aggregate? {
        guard let row = try await database.first("SELECT * FROM aggregates WHERE id = \(id)") else { return nil }
        let hosts = try await database.query(
            "SELECT host FROM aggregate_hosts WHERE aggregate_id = \(id) ORDER BY host")
        return try Aggregate(row, hosts: hosts.map { try $0.get("host") })
    }

    /// - Throws: `.conflict` when the name is taken.
    package static func insert(
        name: String, uuid: String, metadata: [String: String], at now: Date, in database: Database
    ) async throws -> Int64 {
        let document = try jsonColumn(metadata)
        return try await database.transaction("create-aggregate") { transaction in
            try transaction.execute(
                """
                INSERT INTO aggregates (uuid, name, metadata, created_at)
                VALUES (\(uuid), \(name), \(document), \(now))
                """)
            return try transaction.first("SELECT id FROM aggregates WHERE uuid = \(uuid)")?.get("id") ?? 0
        }
    }

    /// Renames it and replaces its metadata by what `change` makes of them.
    package static func update(
        _ id: Int64, name: String?, at now: Date, in database: Database,
        _ change: @escaping @Sendable (inout [String: String]) -> Void
    ) async throws {
        try await database.transaction("update-aggregate") { transaction in
            guard let row = try transaction.first("SELECT metadata FROM aggregates WHERE id = \(id) FOR UPDATE") else {
                return
            }
            var metadata: [String: String] = try row.document("metadata")
            change(&metadata)
            try transaction.execute(
                """
                UPDATE aggregates SET name = COALESCE(\(name), name), metadata = \(try jsonColumn(metadata)),
                    updated_at = \(now), version = version + 1
                WHERE id = \(id)
                """)
        }
    }

    /// - Throws: `.conflict` when the host is in it already.
    package static func addHost(_ host: String, to id: Int64, in database: Database) async throws {
        try await database.execute("INSERT INTO aggregate_hosts (aggregate_id, host) VALUES (\(id), \(host))")
    }

    package static func removeHost(_ host: String, from id: Int64, in database: Database) async throws -> Bool {
        try await database.execute(
            "DELETE FROM aggregate_hosts WHERE aggregate_id = \(id) AND host = \(host)") > 0
    }

    /// - Returns: false when it still has hosts or is not there.
    package static func delete(_ id: Int64, in database: Database) async throws -> Bool {
        try await database.execute(
            """
            DELETE FROM aggregates WHERE id = \(id)
                AND NOT EXISTS (SELECT 1 FROM aggregate_hosts WHERE aggregate_id = \(id))
            """) > 0
    }
}
