package import Database
package import FoundationEssentials

/// The token keys that identity's daemons agree on, where they rotate them by themselves. The keys are sealed.
package enum TokenKeyStore {
    package struct Entry: Sendable {
        /// Counts rotations.
        package var generation: Int64
        package var sealedKeys: String
        package var rotatedAt: Date
    }

    package static func find(_ tx: Transaction) throws -> Entry? {
        try tx.first("SELECT generation, sealed_keys, rotated_at FROM token_keys WHERE id = 1").map {
            Entry(
                generation: try $0.get("generation"), sealedKeys: try $0.get("sealed_keys"),
                rotatedAt: try $0.get("rotated_at"))
        }
    }

    /// The first set of keys, unless another daemon was first.
    package static func begin(_ sealedKeys: String, at now: Date, _ tx: Transaction) throws {
        try tx.execute(
            """
            INSERT IGNORE INTO token_keys (id, generation, sealed_keys, rotated_at)
            VALUES (1, 1, \(sealedKeys), \(now))
            """)
    }

    /// - Returns: false when another daemon has rotated them meanwhile.
    package static func replace(_ entry: Entry, with sealedKeys: String, at now: Date, _ tx: Transaction) throws -> Bool
    {
        try tx.execute(
            """
            UPDATE token_keys SET generation = generation + 1, sealed_keys = \(sealedKeys), rotated_at = \(now)
            WHERE id = 1 AND generation = \(entry.generation)
            """) > 0
    }
}
