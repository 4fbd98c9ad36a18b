import Core
package import Database
package import FoundationEssentials

/// Volume types and which projects see the private ones.
package struct VolumeTypeStore: Sendable {
    package let database: Database

    private func visible(_ scope: Scope) -> SQL {
        switch scope {
        case .everything: "TRUE"
        case .project(let project):
            """
            (is_public OR id IN
                (SELECT volume_type_id FROM volume_type_projects WHERE project_id = \(project)))
            """
        }
    }

    package func find(_ id: VolumeTypeID, _ scope: Scope) async throws -> VolumeType {
        let row = try await database.first("SELECT * FROM volume_types WHERE id = \(id) AND \(sql: visible(scope))")
        guard let row else { throw ServiceError(.notFound, "Volume type \(id) could not be found.") }
        return try VolumeType(row)
    }

    package func find(nameOrID text: String, _ scope: Scope) async throws -> VolumeType {
        let row = try await database.first(
            """
            SELECT * FROM volume_types WHERE (id = \(text) OR name = \(text)) AND \(sql: visible(scope))
            ORDER BY id = \(text) DESC LIMIT 1
            """)
        guard let row else { throw ServiceError(.notFound, "Volume type \(text) could not be found.") }
        return try VolumeType(row)
    }

    package func list(_ scope: Scope, isPublic: Bool?, limit: Int, marker: String?) async throws -> Listed<VolumeType> {
        var conditions: [SQL] = [visible(scope)]
        if let isPublic { conditions.append("is_public = \(isPublic)") }
        if let marker {
            conditions.append(
                """
                (created_at, id) < (SELECT created_at, id FROM volume_types WHERE id = \(marker))
                """)
        }
        let rows = try await database.query(
            """
            SELECT * FROM volume_types WHERE \(sql: .joined(conditions, separator: " AND "))
            ORDER BY created_at DESC, id DESC LIMIT \(limit)
            """)
        return Listed(try rows.map(VolumeType.init))
    }

    package func create(
        _ id: VolumeTypeID, name: String, description: String?, isPublic: Bool, extraSpecs: [String: String], now: Date
    ) async throws {
        do {
            try await database.execute(
                """
                INSERT INTO volume_types (id, name, description, is_public, extra_specs, created_at)
                VALUES (\(id), \(name), \(description), \(isPublic), \(StringMap.json(extraSpecs)), \(now))
                """)
        } catch let error as ServiceError where error.duplicateKey == "uq_name" {
            throw ServiceError(.conflict, "Volume Type \(name) already exists.", cause: error)
        }
    }

    /// Makes the default type at start, unless it is there.
    package func ensureDefault(_ id: VolumeTypeID, name: String, now: Date) async throws {
        try await database.execute(
            """
            INSERT IGNORE INTO volume_types (id, name, description, is_public, extra_specs, created_at)
            VALUES (\(id), \(name), 'Default Volume Type', TRUE, '{}', \(now))
            """)
    }

    package func update(
        _ id: VolumeTypeID, name: String?, description: String?, isPublic: Bool?, now: Date
    ) async throws {
        do {
            try await database.execute(
                """
                UPDATE volume_types SET name = COALESCE(\(name), name),
                    description = COALESCE(\(description), description), is_public = COALESCE(\(isPublic), is_public),
                    updated_at = \(now), version = version + 1
                WHERE id = \(id)
                """)
        } catch let error as ServiceError where error.duplicateKey == "uq_name" {
            throw ServiceError(.conflict, "Volume Type \(name ?? "") already exists.", cause: error)
        }
    }

    /// - Throws: `.badRequest` while volumes are of the type.
    package func delete(_ id: VolumeTypeID) async throws {
        let deleted = try await database.execute(
            """
            DELETE FROM volume_types WHERE id = \(id)
                AND NOT EXISTS (SELECT 1 FROM volumes WHERE volume_type_id = \(id) AND deleted_at IS NULL)
            """)
        guard deleted > 0 else { throw ServiceError(.badRequest, "Target volume type is still in use.") }
    }

    package func changeExtraSpecs(
        _ id: VolumeTypeID, now: Date, _ body: @escaping @Sendable (inout [String: String]) throws -> Void
    ) async throws -> [String: String] {
        try await database.transaction("change-extra-specs") { transaction in
            let row = try transaction.first("SELECT * FROM volume_types WHERE id = \(id) FOR UPDATE")
            guard let row else { throw ServiceError(.notFound, "Volume type \(id) could not be found.") }
            var specs = try StringMap.decode(row, "extra_specs")
            try body(&specs)
            try transaction.execute(
                """
                UPDATE volume_types SET extra_specs = \(StringMap.json(specs)), updated_at = \(now),
                    version = version + 1
                WHERE id = \(id)
                """)
            return specs
        }
    }

    package func projects(_ id: VolumeTypeID) async throws -> [String] {
        try await database.query(
            "SELECT project_id FROM volume_type_projects WHERE volume_type_id = \(id) ORDER BY project_id"
        ).map { try $0.get("project_id") }
    }

    package func addProject(_ id: VolumeTypeID, _ project: String) async throws {
        do {
            try await database.execute("INSERT INTO volume_type_projects VALUES (\(id), \(project))")
        } catch let error as ServiceError where error.duplicateKey != nil {
            throw ServiceError(
                .conflict, "Volume type access for \(id) / \(project) combination already exists.", cause: error)
        }
    }

    package func removeProject(_ id: VolumeTypeID, _ project: String) async throws {
        let removed = try await database.execute(
            "DELETE FROM volume_type_projects WHERE volume_type_id = \(id) AND project_id = \(project)")
        guard removed > 0 else {
            throw ServiceError(.notFound, "Volume type access not found for \(id) / \(project) combination.")
        }
    }
}
