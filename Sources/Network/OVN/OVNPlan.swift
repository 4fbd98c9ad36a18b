package import OVSDB

/// Compares a subject's rows as they should be with those there are, and says what to do about it.
package struct OVNPlan {
    /// A row that another needs is not there yet: try again when it is.
    package struct Missing: Error, Sendable {
        package let key: OVNRowKey
    }

    private let owner: String
    private let desired: [OVNRow]
    private let replica: OVSDBReplica
    private var names: [OVNRowKey: String] = [:]
    private var operations: [OVSDBOperation] = []

    /// - Returns: the operations of one transaction; none if all is as it should be.
    package static func operations(
        owner: String, desired: [OVNRow], _ replica: OVSDBReplica
    ) throws -> [OVSDBOperation] {
        var plan = OVNPlan(owner: owner, desired: desired, replica: replica)
        try plan.build()
        return plan.operations
    }

    private init(owner: String, desired: [OVNRow], replica: OVSDBReplica) {
        self.owner = owner
        self.desired = desired
        self.replica = replica
    }

    private mutating func build() throws {
        for (index, row) in desired.enumerated() where existing(row.key) == nil { names[row.key] = "row\(index)" }
        for row in desired {
            if let found = existing(row.key) { try update(row, found) } else { try insert(row) }
        }
        let keep = Set(desired.compactMap { existing($0.key)?.uuid })
        for table in OVNTables.written {
            for row in replica.owned(table, by: owner) where !keep.contains(row.uuid) { remove(row, from: table) }
        }
    }

    private func existing(_ key: OVNRowKey) -> OVSDBRow? { replica.find(key.table, key: key.name) }

    private func atom(_ key: OVNRowKey) throws -> OVSDBAtom {
        if let row = existing(key) { return .uuid(row.uuid) }
        guard let name = names[key] else { throw Missing(key: key) }
        return .namedUUID(name)
    }

    private func marked(_ row: OVNRow) -> [String: String] {
        var ids = row.columns["external_ids"]?.stringMap ?? [:]
        ids[OVNTables.ownerKey] = owner
        if !OVNTables.isNamed(row.key.table) { ids[OVNTables.nameKey] = row.key.name }
        return ids
    }

    private mutating func insert(_ row: OVNRow) throws {
        var columns = row.columns
        columns["external_ids"] = .stringMap(marked(row))
        for (column, keys) in row.references { columns[column] = .set(Set(try keys.map(atom))) }
        let identity: OVSDBCondition
        if OVNTables.isNamed(row.key.table) {
            columns["name"] = .string(row.key.name)
            identity = OVSDBCondition("name", .equal, .string(row.key.name))
        } else {
            identity = OVSDBCondition("external_ids", .includes, .stringMap([OVNTables.nameKey: row.key.name]))
        }
        // Another daemon may be writing the same row: only one of the two inserts holds.
        operations.append(
            .wait(table: row.key.table, where: [identity], columns: ["external_ids"], equal: true, rows: []))
        operations.append(.insert(table: row.key.table, row: columns, name: names[row.key]))
        if let parent = row.parent, let place = OVNTables.parents[row.key.table] {
            let listed = OVSDBMutation(place.column, .insert, .atom(try atom(row.key)))
            operations.append(
                .mutate(table: place.table, where: [.init("_uuid", .equal, .atom(try atom(parent)))], [listed]))
        }
        try join(row, listedIn: [])
    }

    private mutating func update(_ row: OVNRow, _ found: OVSDBRow) throws {
        var changes: [String: OVSDBDatum] = [:]
        for (column, value) in row.columns where column != "external_ids" && found[column] != value {
            if isUnset(value), isUnset(found[column]) { continue }
            changes[column] = value
        }
        for (column, keys) in row.references {
            let value = OVSDBDatum.set(Set(try keys.map(atom)))
            if found[column] != value { changes[column] = value }
        }
        let wanted = marked(row)
        let have = found.map("external_ids")
        // What others keep in this column stays; what was ours and is no longer wanted goes.
        let foreign = have.filter { !$0.key.hasPrefix("neutron:") && !$0.key.hasPrefix("apus:") }
        let merged = foreign.merging(wanted) { $1 }
        if withoutRevision(merged) != withoutRevision(have) { changes["external_ids"] = .stringMap(merged) }
        if !changes.isEmpty {
            operations.append(.update(table: row.key.table, where: [.uuid(found.uuid)], row: changes))
        }
        for extra in replica.all(row.key.table, key: row.key.name).dropFirst() { remove(extra, from: row.key.table) }
        try relist(row, found)
        guard let memberships = row.memberships else { return }
        let listing = replica.rows(memberships.table).filter { $0.uuids(memberships.column).contains(found.uuid) }
        try join(row, listedIn: listing)
    }

    /// An empty map reads like an empty set, and a monitor leaves out columns with an empty string.
    private func isUnset(_ value: OVSDBDatum) -> Bool {
        value.stringMap.isEmpty && value.atoms.allSatisfy { $0 == .string("") }
    }

    /// The revision grows with changes that OVN has no part in, such as a port's status: alone it is no difference.
    private func withoutRevision(_ ids: [String: String]) -> [String: String] {
        ids.filter { $0.key != "neutron:revision_number" }
    }

    /// A row that lost its place in its parent gets it back.
    private mutating func relist(_ row: OVNRow, _ found: OVSDBRow) throws {
        guard let parent = row.parent, let place = OVNTables.parents[row.key.table], let holder = existing(parent),
            !holder.uuids(place.column).contains(found.uuid)
        else { return }
        operations.append(
            .mutate(
                table: place.table, where: [.uuid(holder.uuid)],
                [.init(place.column, .insert, .atom(.uuid(found.uuid)))]))
    }

    private mutating func join(_ row: OVNRow, listedIn listing: [OVSDBRow]) throws {
        guard let memberships = row.memberships else { return }
        let member = OVSDBDatum.atom(try atom(row.key))
        let have = Set(listing.compactMap { $0.string("name") })
        for name in memberships.names.subtracting(have).sorted() {
            let group = try atom(OVNRowKey(memberships.table, name))
            operations.append(
                .mutate(
                    table: memberships.table, where: [.init("_uuid", .equal, .atom(group))],
                    [.init(memberships.column, .insert, member)]))
        }
        for group in listing where !memberships.names.contains(group.string("name") ?? "") {
            operations.append(
                .mutate(
                    table: memberships.table, where: [.uuid(group.uuid)],
                    [.init(memberships.column, .delete, member)]))
        }
    }

    private mutating func remove(_ row: OVSDBRow, from table: String) {
        guard let place = OVNTables.parents[table] else {
            operations.append(.delete(table: table, where: [.uuid(row.uuid)]))
            return
        }
        // What no row lists any more the server removes.
        operations.append(
            .mutate(
                table: place.table, where: [.init(place.column, .includes, .atom(.uuid(row.uuid)))],
                [.init(place.column, .delete, .atom(.uuid(row.uuid)))]))
    }
}
