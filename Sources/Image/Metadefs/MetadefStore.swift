import Core
import Database
import FoundationEssentials

/// A definition in the catalogue of metadata: a namespace, or something in one.
struct Metadef: Sendable {
    enum Kind: String, Sendable, SQLValue {
        case namespace, object, property, tag
        case resourceType = "resource_type"
    }

    var namespace: String
    var kind: Kind
    var name: String
    var owner: ProjectID?
    var visibility: String?
    var isProtected: Bool
    /// The client's document, without what is kept apart.
    var body: JSONValue
    var createdAt: Date
    var updatedAt: Date
}

extension Metadef {
    init(_ row: Row) throws {
        self.init(
            namespace: try row.get("namespace"), kind: try row.get("kind"), name: try row.get("name"),
            owner: try row.get("owner"), visibility: try row.get("visibility"), isProtected: try row.get("protected"),
            body: try row.get("body"), createdAt: try row.get("created_at"), updatedAt: try row.get("updated_at"))
    }
}

/// The metadata definitions' rows.
struct MetadefStore: Sendable {
    let database: Database

    func find(_ namespace: String, _ kind: Metadef.Kind, _ name: String) async throws -> Metadef? {
        try await database.first(
            "SELECT * FROM metadefs WHERE namespace = \(namespace) AND kind = \(kind) AND name = \(name)"
        ).map { try Metadef($0) }
    }

    func list(_ namespace: String, _ kind: Metadef.Kind) async throws -> [Metadef] {
        try await database.query(
            "SELECT * FROM metadefs WHERE namespace = \(namespace) AND kind = \(kind) ORDER BY name LIMIT 10000"
        ).map { try Metadef($0) }
    }

    /// All that is in a namespace, itself included.
    func contents(_ namespace: String) async throws -> [Metadef] {
        try await database.query(
            "SELECT * FROM metadefs WHERE namespace = \(namespace) ORDER BY kind, name LIMIT 10000"
        )
        .map { try Metadef($0) }
    }

    /// The namespaces that a project sees, by name.
    func namespaces(
        _ project: ProjectID?, isAdmin: Bool, visibility: String?, after marker: String?, limit: Int
    ) async throws -> [Metadef] {
        var parts: [SQL] = ["kind = 'namespace'"]
        if !isAdmin { parts.append("(visibility = 'public' OR owner = \(project))") }
        if let visibility { parts.append("visibility = \(visibility)") }
        if let marker { parts.append("namespace > \(marker)") }
        return try await database.query(
            "SELECT * FROM metadefs WHERE \(sql: .joined(parts, separator: " AND ")) ORDER BY namespace LIMIT \(limit)"
        ).map { try Metadef($0) }
    }

    /// Inserts all or none.
    /// - Throws: `.conflict` when one is there already.
    func insert(_ items: [Metadef]) async throws {
        guard !items.isEmpty else { return }
        let rows = items.map { item -> SQL in
            """
            (\(item.namespace), \(item.kind), \(item.name), \(item.owner), \(item.visibility),
                \(item.isProtected), \(item.body), \(item.createdAt), \(item.updatedAt))
            """
        }
        try await database.execute(
            """
            INSERT INTO metadefs (namespace, kind, name, owner, visibility, protected, body, created_at, updated_at)
            VALUES \(sql: .joined(rows, separator: ", "))
            """)
    }

    /// Replaces a definition, under a new name if it has one; a namespace's contents move with it.
    /// - Returns: whether it was there.
    func replace(_ name: String, in namespace: String, with item: Metadef) async throws -> Bool {
        try await database.transaction("replace metadata definition") { transaction in
            let count = try transaction.execute(
                """
                UPDATE metadefs SET name = \(item.name), owner = \(item.owner), visibility = \(item.visibility),
                    protected = \(item.isProtected), body = \(item.body), updated_at = \(item.updatedAt)
                WHERE namespace = \(namespace) AND kind = \(item.kind) AND name = \(name)
                """)
            if count > 0, item.namespace != namespace {
                try transaction.execute(
                    "UPDATE metadefs SET namespace = \(item.namespace) WHERE namespace = \(namespace)")
            }
            return count > 0
        }
    }

    /// - Returns: whether it was there.
    func delete(_ namespace: String, _ kind: Metadef.Kind, _ name: String) async throws -> Bool {
        try await database.execute(
            "DELETE FROM metadefs WHERE namespace = \(namespace) AND kind = \(kind) AND name = \(name)") > 0
    }

    func deleteAll(_ namespace: String, _ kind: Metadef.Kind) async throws {
        try await database.execute("DELETE FROM metadefs WHERE namespace = \(namespace) AND kind = \(kind)")
    }

    func deleteNamespace(_ namespace: String) async throws {
        try await database.execute("DELETE FROM metadefs WHERE namespace = \(namespace)")
    }
}
