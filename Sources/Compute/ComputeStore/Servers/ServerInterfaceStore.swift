package import ComputeModel
package import Core
package import Database
package import FoundationEssentials

extension ServerInterface {
    package init(_ row: Row) throws {
        self.init(
            id: try row.get("id"), server: try row.get("server_id"), position: try row.get("position"),
            state: try row.get("state"))
        network = try row.get("network_id")
        port = try row.get("port_id")
        fixedIP = try row.get("fixed_ip")
        tag = try row.get("tag")
        isPortOurs = try row.get("is_port_ours")
    }
}

/// Network interfaces of servers, from the request on.
package enum ServerInterfaceStore {
    /// - Throws: `.conflict` when the port is a server's already.
    package static func insert(_ interface: ServerInterface, at now: Date, in transaction: Transaction) throws {
        try insert([interface], at: now, in: transaction)
    }

    /// - Throws: `.conflict` when a port is a server's already.
    package static func insert(_ interfaces: [ServerInterface], at now: Date, in transaction: Transaction) throws {
        guard !interfaces.isEmpty else { return }
        let rows = interfaces.map { interface -> SQL in
            """
            (\(interface.id), \(interface.server), \(interface.position), \(interface.network), \(interface.port),
                \(interface.fixedIP), \(interface.tag), \(interface.isPortOurs), \(interface.state), \(now))
            """
        }
        try transaction.execute(
            """
            INSERT INTO server_interfaces (id, server_id, position, network_id, port_id, fixed_ip, tag, is_port_ours,
                state, created_at)
            VALUES \(sql: .joined(rows, separator: ", "))
            """)
    }

    package static func list(of server: ServerID, in database: Database) async throws -> [ServerInterface] {
        try await database.query(
            "SELECT * FROM server_interfaces WHERE server_id = \(server) ORDER BY position, created_at, id"
        ).map(ServerInterface.init)
    }

    package static func find(_ id: String, in database: Database) async throws -> ServerInterface? {
        try await database.first("SELECT * FROM server_interfaces WHERE id = \(id)").map(ServerInterface.init)
    }

    package static func find(port: PortID, in database: Database) async throws -> ServerInterface? {
        try await database.first("SELECT * FROM server_interfaces WHERE port_id = \(port)").map(ServerInterface.init)
    }

    /// The position for one more interface.
    package static func nextPosition(of server: ServerID, in transaction: Transaction) throws -> Int {
        let row = try transaction.first(
            "SELECT COALESCE(MAX(position) + 1, 0) AS next FROM server_interfaces WHERE server_id = \(server)")
        return try row?.get("next") ?? 0
    }

    /// Fills in the port that was made or bound.
    package static func update(
        _ id: String, network: NetworkID? = nil, port: PortID? = nil, state: ServerInterface.State? = nil,
        in database: Database
    ) async throws {
        try await database.execute(filling(id, network, port, state))
    }

    package static func update(
        _ id: String, state: ServerInterface.State, in transaction: Transaction
    ) throws {
        try transaction.execute(filling(id, nil, nil, state))
    }

    private static func filling(
        _ id: String, _ network: NetworkID?, _ port: PortID?, _ state: ServerInterface.State?
    ) -> SQL {
        """
        UPDATE server_interfaces SET network_id = COALESCE(\(network), network_id),
            port_id = COALESCE(\(port), port_id), state = COALESCE(\(state), state), version = version + 1
        WHERE id = \(id)
        """
    }

    /// Marks an attached interface as leaving, so that only one detach runs.
    package static func beginDetach(_ id: String, in transaction: Transaction) throws -> Change {
        try transaction.change(
            """
            UPDATE server_interfaces SET state = 'detaching', version = version + 1
            WHERE id = \(id) AND state = 'attached'
            """,
            reading: "SELECT * FROM server_interfaces WHERE id = \(id)")
    }

    package static func delete(_ id: String, in database: Database) async throws {
        try await database.execute("DELETE FROM server_interfaces WHERE id = \(id)")
    }

    package static func delete(_ id: String, in transaction: Transaction) throws {
        try transaction.execute("DELETE FROM server_interfaces WHERE id = \(id)")
    }
}
