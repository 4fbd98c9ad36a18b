package import ComputeModel
package import Core
package import Database

/// Which flavors a list shows.
package struct FlavorFilter: Sendable {
    package enum Visibility: Sendable {
        case everything
        /// Public ones only.
        case isPublic
        case isPrivate
        /// Public ones and those that the project has access to.
        case usable(ProjectID)
    }

    package enum SortColumn: String, Sendable, CaseIterable {
        case flavorid, name, vcpus
        case rootGiB = "root_gb"
        case ephemeralGiB = "ephemeral_gb"
        case memoryMiB = "memory_mb"
        case swap
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case id

        var column: StaticString {
            switch self {
            case .flavorid: "id"
            case .name: "name"
            case .vcpus: "vcpus"
            case .rootGiB: "root_gib"
            case .ephemeralGiB: "ephemeral_gib"
            case .memoryMiB: "memory_mib"
            case .swap: "swap_mib"
            case .createdAt: "created_at"
            case .updatedAt: "updated_at"
            case .id: "number"
            }
        }
    }

    package var visibility: Visibility
    package var minMemoryMiB: Int?
    package var minDiskGiB: Int?
    package var sort: SortColumn = .flavorid
    package var isAscending = true

    package init(_ visibility: Visibility) { self.visibility = visibility }
}

package enum FlavorListStore {
    /// One page, after the flavor `marker`.
    /// - Throws: `.badRequest` when the marker is not a flavor.
    package static func list(
        _ filter: FlavorFilter, after marker: FlavorID?, limit: Int, in database: Database
    ) async throws -> [Flavor] {
        let column = SQL(stringLiteral: filter.sort.column)
        var conditions: [SQL] = ["NOT is_disabled"]
        switch filter.visibility {
        case .everything: break
        case .isPublic: conditions.append("is_public")
        case .isPrivate: conditions.append("NOT is_public")
        case .usable(let project):
            conditions.append(
                "(is_public OR id IN (SELECT flavor_id FROM flavor_access WHERE project_id = \(project)))")
        }
        if let memory = filter.minMemoryMiB { conditions.append("memory_mib >= \(memory)") }
        if let disk = filter.minDiskGiB { conditions.append("root_gib >= \(disk)") }
        if let marker {
            guard try await database.first("SELECT 1 AS found FROM flavors WHERE id = \(marker)") != nil else {
                throw ServiceError(.badRequest, "marker [\(marker)] not found")
            }
            let last: SQL = "(SELECT \(sql: column) FROM flavors m WHERE m.id = \(marker))"
            let number: SQL = "(SELECT number FROM flavors m WHERE m.id = \(marker))"
            conditions.append(
                filter.isAscending
                    ? "(\(sql: column) > \(sql: last) OR (\(sql: column) = \(sql: last) AND number > \(sql: number)))"
                    : "(\(sql: column) < \(sql: last) OR (\(sql: column) = \(sql: last) AND number < \(sql: number)))")
        }
        let direction: SQL = filter.isAscending ? "ASC" : "DESC"
        let sql: SQL = """
            SELECT * FROM flavors WHERE \(sql: SQL.joined(conditions, separator: " AND "))
            ORDER BY \(sql: column) \(sql: direction), number \(sql: direction) LIMIT \(limit)
            """
        return try await database.query(sql).map(Flavor.init)
    }
}
