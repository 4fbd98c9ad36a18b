import Core
import Database
import FoundationEssentials

/// Takes over a Keystone: its rows with their ids, passwords' hashes, and what it has encrypted.
///
/// After a break it goes on: a row that is there is left as it is, and each is written with all that belongs to it in one
/// transaction. Batches are bounded, so that a large Keystone neither fills the memory nor holds locks for long.
/// One that was finished is not repeated: what was deleted since would come back.
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

    /// - Parameters:
    ///   - isTrial: reads and checks everything, and writes nothing.
    ///   - again: also after `finish`; what was deleted since comes back.
    /// - Throws: `.conflict` when identity has resources that the Keystone does not know, or took it over before.
    package func run(isTrial: Bool, again: Bool = false) async throws -> ImportReport {
        if !again { try await checkUnfinished() }
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

        static let orphan = LeftOut(reason: "what it belongs to was left out")
    }

    /// - Returns: false when a row with this key is there.
    static func add(_ insert: SQL, _ tx: Transaction) throws -> Bool {
        do {
            return try tx.execute(insert) > 0
        } catch let error as ServiceError where error.duplicateKey == "PRIMARY" {
            return false
        }
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
                    let write = try Self.made(row, related, step)
                    if try isTrial || Self.written(write, tx) { count.imported += 1 } else { count.present += 1 }
                } catch let left as LeftOut {
                    count.leave(key, left.reason)
                }
            }
            return count
        }
    }

    /// Not what the row says: it may be secret.
    private static func made(_ row: Row, _ related: Related, _ step: Step) throws -> Write {
        do {
            return try step.make(row, related)
        } catch is JSONError {
            throw LeftOut(reason: "its JSON is malformed")
        } catch let error as ServiceError where error.cause is SQLDecodingError {
            throw LeftOut(reason: "a column has what it cannot have")
        }
    }

    /// Writes all of a row, or nothing.
    private static func written(_ write: Write, _ tx: Transaction) throws -> Bool {
        try tx.execute("SAVEPOINT row_of_import")
        do {
            return try write(tx)
        } catch {
            guard let left = error as? LeftOut ?? LeftOut(refused: error) else { throw error }
            try tx.execute("ROLLBACK TO SAVEPOINT row_of_import")
            throw left
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

extension KeystoneImport.LeftOut {
    /// Nil for what is not the row's fault.
    init?(refused error: any Error) {
        guard let error = error as? ServiceError else { return nil }
        if error.violatedForeignKey != nil {
            self = .orphan
        } else if error.failedCheck != nil || (error.cause as? DatabaseError)?.kind == .valueRefused {
            self.init(reason: "a value cannot be stored")
        } else {
            return nil
        }
    }
}
