import Core
import Database

/// Everything that is stored encrypted with the credential keys, to be encrypted anew.
enum SealedTextStore {
    /// A table with an id and a column of sealed texts.
    struct Column: Sendable {
        let table: SQL
        let column: SQL
    }

    static let columns: [Column] = [
        Column(table: "credentials", column: "encrypted_blob"), Column(table: "consumers", column: "encrypted_secret"),
        Column(table: "oauth_request_tokens", column: "encrypted_secret"),
        Column(table: "oauth_access_tokens", column: "encrypted_secret"),
    ]

    /// The next rows by id.
    static func page(
        _ column: Column, after id: String, limit: Int, _ tx: Transaction
    ) throws -> [(id: String, text: String)] {
        try tx.query(
            """
            SELECT id, \(sql: column.column) AS sealed FROM \(sql: column.table) WHERE id > \(id)
            ORDER BY id LIMIT \(limit)
            """
        ).map { (try $0.get("id"), try $0.get("sealed")) }
    }

    /// Unless somebody else has changed the text meanwhile.
    static func replace(_ old: String, with new: String, _ column: Column, id: String, _ tx: Transaction) throws {
        try tx.execute(
            """
            UPDATE \(sql: column.table) SET \(sql: column.column) = \(new)
            WHERE id = \(id) AND \(sql: column.column) = \(old)
            """)
    }

    /// The encrypted options of all domains: few.
    static func options(_ tx: Transaction) throws -> [(domain: DomainID, entry: DomainConfigurationStore.Entry)] {
        try tx.query("SELECT * FROM domain_configurations WHERE encrypted").map {
            (
                try $0.get("domain_id"),
                DomainConfigurationStore.Entry(
                    group: try $0.get("option_group"), name: try $0.get("option_name"), value: try $0.get("value"),
                    isEncrypted: true)
            )
        }
    }
}
