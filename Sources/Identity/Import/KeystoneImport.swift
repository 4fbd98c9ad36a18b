import Core
import Database
import FoundationEssentials

/// Takes over a Keystone: its rows with their ids, passwords' hashes, and what it has encrypted.
///
/// Safe to repeat, also after a break: a row that is there is left as it is, and each is written with all that belongs to
/// it in one transaction. Batches are bounded, so that a large Keystone neither fills the memory nor holds locks for long.
package struct KeystoneImport: Sendable {
    let env: IdentityEnvironment
    let source: KeystoneDatabase
    /// Opens what the Keystone has encrypted.
    let sealed: Fernet

    package init(_ env: IdentityEnvironment, from source: KeystoneDatabase, credentialKeys: FernetKeyFolder) throws {
        self.env = env
        self.source = source
        sealed = try credentialKeys.load()
    }

    /// - Parameter isTrial: reads and checks everything, and writes nothing.
    /// - Throws: `.conflict` when identity has resources that the Keystone does not know.
    package func run(isTrial: Bool) async throws -> ImportReport {
        try await source.checkSchema()
        try await checkTarget()
        var report = ImportReport()
        for step in projects + people + catalog + delegation + extensions {
            report.add(step.name, try await copy(step, isTrial: isTrial))
        }
        return report
    }

    // MARK: Steps

    /// Writes a row. - Returns: false when it was there already.
    typealias Write = @Sendable (Transaction) throws -> Bool

    /// One kind of row.
    struct Step: Sendable {
        /// What it is called in the report.
        var name: String
        var batch = 200
        /// The rows after a key, in the key's order; the key is the column `import_key`. A column `is_whole` tells whether
        /// what the row refers to is there: Keystone leaves rows behind.
        var rows: @Sendable (_ after: String, _ limit: Int) -> SQL
        /// The table, with ids, where rows that are here already are looked for; nil: `make` finds them.
        var target: StaticString?
        /// What else of the Keystone a batch needs, read for all of it.
        var related: @Sendable (KeystoneDatabase, [String]) async throws -> Related = { _, _ in Related() }
        /// Reads and checks a row. Throws `LeftOut` for one that cannot be taken over.
        var make: @Sendable (Row, Related) throws -> Write
    }

    /// Rows that belong to those of a batch, by what they are and whose.
    struct Related: Sendable {
        private var rows: [String: [String: [Row]]] = [:]

        mutating func add(_ name: String, _ found: [Row]) throws {
            for row in found { rows[name, default: [:]][try row.get("import_key"), default: []].append(row) }
        }

        func of(_ name: String, _ key: String) -> [Row] { rows[name]?[key] ?? [] }
    }

    /// A row that is not taken over, and why.
    struct LeftOut: Error {
        var reason: String
    }

    private func copy(_ step: Step, isTrial: Bool) async throws -> ImportReport.Count {
        var count = ImportReport.Count()
        var last = ""
        while true {
            let rows = try await source.read(step.rows(last, step.batch))
            guard let end = rows.last else { return count }
            last = try end.get("import_key")
            let related = try await step.related(source, try rows.map { try $0.get("import_key") })
            do {
                count.add(try await take(rows, related, step, isTrial: isTrial))
            } catch let error as ServiceError where error.duplicateKey != nil {
                throw ServiceError(
                    .conflict,
                    "Identity has one of the Keystone's \(step.name) already, by another id: import into a database "
                        + "that has nothing but what an import made.", cause: error)
            }
        }
    }

    private func take(
        _ rows: [Row], _ related: Related, _ step: Step, isTrial: Bool
    ) async throws -> ImportReport.Count {
        try await env.database.transaction("import from Keystone") { tx in
            var count = ImportReport.Count()
            count.found = rows.count
            let keys = try rows.map { try $0.get("import_key", as: String.self) }
            let present = try Self.present(keys, step, tx)
            for (row, key) in zip(rows, keys) {
                if present.contains(key) {
                    count.present += 1
                    continue
                }
                do {
                    if row.has("is_whole"), try !row.get("is_whole", as: Bool.self) {
                        throw LeftOut(reason: "what it belongs to is gone")
                    }
                    let write = try step.make(row, related)
                    if try isTrial || write(tx) { count.imported += 1 } else { count.present += 1 }
                } catch let left as LeftOut {
                    count.left[left.reason, default: 0] += 1
                }
            }
            return count
        }
    }

    private static func present(_ keys: [String], _ step: Step, _ tx: Transaction) throws -> Set<String> {
        guard let table = step.target else { return [] }
        let rows = try tx.query("SELECT id FROM \(sql: .identifier(table)) WHERE id IN \(anyOf: keys)")
        return Set(try rows.map { try $0.get("id", as: String.self) })
    }

    // MARK: What is here

    /// Ids that only identity has tell of a cloud of its own, whose names and ids would mix with the Keystone's.
    private func checkTarget() async throws {
        let tables: [(ours: StaticString, theirs: StaticString)] = [
            ("projects", "project"), ("users", "user"), ("roles", "role"),
        ]
        for (table, theirs) in tables {
            var last = ""
            while true {
                let ids = try await env.database.query(
                    """
                    SELECT id FROM \(sql: .identifier(table)) WHERE id > \(last) ORDER BY id LIMIT 1000
                    """
                ).map { try $0.get("id", as: String.self) }
                guard let end = ids.last else { break }
                last = end
                let known = Set(
                    try await source.read("SELECT id FROM \(sql: .identifier(theirs)) WHERE id IN \(anyOf: ids)").map {
                        try $0.get("id", as: String.self)
                    })
                if let stranger = ids.first(where: { !known.contains($0) }) {
                    throw ServiceError(
                        .conflict,
                        "Identity's \(table) have \(stranger), which the Keystone does not: import into an empty database, "
                            + "after `apus migrate identity` and before `apus bootstrap`.")
                }
            }
        }
    }
}
