package import Core
package import Database
package import FoundationEssentials

/// One transaction of the service: what its steps share, and what they leave behind for after the commit.
package struct NetworkChange {
    package let transaction: Transaction
    package let caller: Caller
    package let now: Date
    package let ids: IDGenerator
    package let options: NetworkOptions
    package let quotas: QuotaOptions

    /// Notes that OVN must be made to follow a subject; the note is processed right after the commit, or later. Its
    /// sequence is new each time, so that nobody who dealt with an older note can take it for that.
    package func touch(_ subject: OVNSubject) throws { try touch([subject]) }

    package func touch(_ subjects: [OVNSubject]) throws {
        guard !subjects.isEmpty else { return }
        // In one order, so that two changes do not wait for each other.
        let rows = subjects.map(\.text).sorted().map { "(\($0), UUID_SHORT(), \(now), 0, \(now))" as SQL }
        try transaction.execute(
            """
            INSERT INTO ovn_changes (subject, sequence, queued_at, attempts, not_before)
            VALUES \(sql: .joined(rows, separator: ", "))
            ON DUPLICATE KEY UPDATE sequence = UUID_SHORT(), not_before = \(now)
            """)
    }

    /// Notes an event that compute is to be told.
    package func tellCompute(_ name: String, server: String, tag: String) throws {
        try transaction.execute(
            """
            INSERT INTO compute_events (name, server_id, tag, status, queued_at, attempts, not_before)
            VALUES (\(name), \(server), \(tag), 'completed', \(now), 0, \(now))
            """)
    }

    /// Notes that the addresses of a port's server changed, if the port has one.
    package func tellAddressesChanged(ofPort port: String) throws {
        let row = try transaction.first("SELECT device_id, device_owner FROM ports WHERE id = \(port)")
        guard let row, try row.get("device_owner", as: String.self).hasPrefix("compute:") else { return }
        let server: String = try row.get("device_id")
        if !server.isEmpty { try tellCompute("network-changed", server: server, tag: port) }
    }

    package func find(_ type: ResourceType, _ id: String, locked: Bool = false) throws -> Record {
        guard let record = try RecordStore.find(type, id, locked: locked, transaction) else {
            throw type.object.notFound(id)
        }
        return record
    }

    /// A new record's identity, owner and times on top of what was asked for.
    package func begin(_ values: [String: JSONValue], project: String? = nil) -> Record {
        var record = Record(values)
        record["id"] = .string(ids.uuid())
        if let project { record["project_id"] = .string(project) }
        // Stored times keep microseconds; what the API shows has seconds.
        record["created_at"] = .string(now.iso8601)
        record["updated_at"] = .string(now.iso8601)
        record["revision_number"] = 0
        return record
    }

    package func insert(_ type: ResourceType, _ record: Record) throws {
        try RecordStore.insert(type, record, transaction)
        if type.acceptsTags, case .array(let tags) = record["tags"] {
            try TagStore.replace(tags.compactMap(\.string), of: record.id, transaction)
        }
    }

    package func update(_ type: ResourceType, _ id: String, _ changes: [String: JSONValue]) throws {
        try RecordStore.update(type, id, changes, at: now, transaction)
    }
}

/// What one pass over OVN's rows is about.
package enum OVNSubject: Hashable, Sendable {
    case network(String)
    case port(String)
    case router(String)
    case securityGroup(String)
    /// What all networks share: the rows that drop what no rule lets through.
    case common

    package var text: String {
        switch self {
        case .network(let id): "network/\(id)"
        case .port(let id): "port/\(id)"
        case .router(let id): "router/\(id)"
        case .securityGroup(let id): "security-group/\(id)"
        case .common: "common/all"
        }
    }

    package init?(_ text: String) {
        let parts = text.split(separator: "/")
        guard parts.count == 2 else { return nil }
        let id = String(parts[1])
        switch parts[0] {
        case "network": self = .network(id)
        case "port": self = .port(id)
        case "router": self = .router(id)
        case "security-group": self = .securityGroup(id)
        case "common": self = .common
        default: return nil
        }
    }

    /// The subject of a network, port, router or security group.
    package init(_ type: ResourceType, _ id: String) {
        switch type.object {
        case .network: self = .network(id)
        case .port: self = .port(id)
        case .router: self = .router(id)
        default: self = .securityGroup(id)
        }
    }

    package var id: String {
        switch self {
        case .network(let id), .port(let id), .router(let id), .securityGroup(let id): id
        case .common: "all"
        }
    }
}
