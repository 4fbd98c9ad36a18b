import Core
import Database

extension ImageStore {
    /// One page of images; one query, whatever the number of images.
    /// - Parameter marker: an image of the page before, which itself must be visible to the filter's project.
    package func list(_ filter: ImageFilter, after marker: Image?, limit: Int) async throws -> [Image] {
        var statement: SQL = "SELECT * FROM images WHERE \(sql: filter.condition)"
        if let marker { statement += " AND \(sql: filter.after(marker))" }
        statement += " ORDER BY \(sql: filter.orderBy) LIMIT \(limit)"
        return try await database.query(statement).map { try Image($0) }
    }
}
