package import Core
package import Database

/// What a kind of resource does beyond being stored. Every function runs inside the request's transaction, may run
/// again from its start, and has no effect outside it.
package protocol ResourceBehaviour: Sendable {
    var type: ResourceType { get }
    /// The rows a caller may know of, as a condition on the alias `r`.
    func visible(to caller: Caller) -> SQL
    /// Adds what is not in the resource's own row.
    func complete(_ records: inout [Record], for caller: Caller, _ transaction: Transaction) throws
    /// The attributes to read for an answer that shows only `fields`; nil when all are needed.
    func needed(for fields: Set<String>) -> Set<String>?
    /// Adds what is not in the rows, for an answer with these attributes only: those that `needed` has named.
    func complete(
        _ records: inout [Record], only names: Set<String>, for caller: Caller, _ transaction: Transaction) throws
    /// A condition for a filter that is not a column's; nil if the name is no filter.
    func filter(_ name: String, _ values: [String], for caller: Caller) throws -> SQL?
    /// What policy rules may ask about a resource, or about one to be.
    func target(_ record: Record, _ transaction: Transaction) throws -> [String: String?]
    /// What a project has from the first look at a list on: its default security group.
    var isMadeOnSight: (@Sendable (_ project: String, NetworkChange) throws -> Void)? { get }
    /// - Parameter given: the attributes the caller named; the others of `input` are defaults.
    /// - Returns: the new id.
    func create(_ input: [String: JSONValue], given: Set<String>, _ change: NetworkChange) throws -> String
    func update(_ record: Record, _ changes: [String: JSONValue], _ change: NetworkChange) throws
    func delete(_ record: Record, _ change: NetworkChange) throws
}

extension ResourceBehaviour {
    package var isMadeOnSight: (@Sendable (_ project: String, NetworkChange) throws -> Void)? { nil }

    package func visible(to caller: Caller) -> SQL {
        caller.isAdmin ? "TRUE" : "r.project_id = \(caller.projectID)"
    }

    package func complete(_ records: inout [Record], for caller: Caller, _ transaction: Transaction) throws {}

    package func needed(for fields: Set<String>) -> Set<String>? { nil }

    package func complete(
        _ records: inout [Record], only names: Set<String>, for caller: Caller, _ transaction: Transaction
    ) throws {
        try complete(&records, for: caller, transaction)
    }

    package func filter(_ name: String, _ values: [String], for caller: Caller) throws -> SQL? { nil }

    package func target(_ record: Record, _ transaction: Transaction) throws -> [String: String?] {
        ["project_id": record.projectID, "tenant_id": record.projectID]
    }

    /// The condition that another table's rows, named by `r.network_id`, belong to the caller's networks.
    func networkOwned(by caller: Caller) -> SQL {
        "EXISTS (SELECT 1 FROM networks n WHERE n.id = r.network_id AND n.project_id = \(caller.projectID))"
    }

    /// What policy asks about a resource of a network: its own project and the network's.
    func networkTarget(_ record: Record, _ transaction: Transaction) throws -> [String: String?] {
        let row = try transaction.first("SELECT project_id FROM networks WHERE id = \(record.string("network_id"))")
        let owner: String? = try row?.get("project_id")
        return ["project_id": record.projectID, "tenant_id": record.projectID, "network_project_id": owner]
    }
}

/// Reads a page or a resource with everything that is shown of it.
package enum ResourceReader {
    /// - Parameter fields: what is shown of each; empty for everything. Records hold no more than that needs.
    package static func page(
        _ behaviour: any ResourceBehaviour, _ query: ListQuery, fields: Set<String> = [], for caller: Caller,
        _ transaction: Transaction
    ) throws -> [Record] {
        var names = fields.isEmpty ? nil : behaviour.needed(for: fields)
        names?.insert("id")
        if fields.contains("tenant_id") { names?.insert("project_id") }
        var records = try RecordStore.page(
            behaviour.type, only: names, query, visible: behaviour.visible(to: caller), transaction)
        try complete(&records, only: names, behaviour, caller, transaction)
        return records
    }

    /// The resource, if the caller may know of it.
    package static func find(
        _ behaviour: any ResourceBehaviour, _ id: String, for caller: Caller, locked: Bool = false,
        _ transaction: Transaction
    ) throws -> Record {
        let condition: SQL = "r.id = \(id) AND \(sql: behaviour.visible(to: caller))"
        var records = try RecordStore.select(behaviour.type, where: condition, locked: locked, transaction)
        guard !records.isEmpty else { throw behaviour.type.object.notFound(id) }
        try complete(&records, behaviour, caller, transaction)
        return records[0]
    }

    private static func complete(
        _ records: inout [Record], only names: Set<String>? = nil, _ behaviour: any ResourceBehaviour, _ caller: Caller,
        _ transaction: Transaction
    ) throws {
        if behaviour.type.acceptsTags, names?.contains("tags") ?? true {
            let tags = try TagStore.tags(of: records.map(\.id), transaction)
            for index in records.indices { records[index]["tags"] = .strings(tags[records[index].id] ?? []) }
        }
        if let names {
            try behaviour.complete(&records, only: names, for: caller, transaction)
        } else {
            try behaviour.complete(&records, for: caller, transaction)
        }
    }
}

extension JSONValue {
    package static func strings(_ values: some Sequence<String>) -> JSONValue { .array(values.map { .string($0) }) }
}
