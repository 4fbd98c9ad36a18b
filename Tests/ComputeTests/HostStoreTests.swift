import ComputeModel
import ComputeStore
import Core
import Database
import FoundationEssentials
import TestSupport
import Testing

@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct HostStoreTests {
    private let now = Date(timeIntervalSince1970: 1_700_000_000)

    @Test func aHostIsForgottenWhenNoServerIsOnIt() async throws {
        try await TestServices.withDatabase(service: "compute", migrations: computeMigrations) { database in
            for host in ["h1", "h2"] {
                try await HostStore.seen(
                    host: host, binary: "nova-compute", newID: IDGenerator.random.uuid(), at: now, in: database)
                try await database.execute("INSERT INTO aggregate_hosts (aggregate_id, host) VALUES (1, \(host))")
                try await database.execute(
                    """
                    INSERT INTO compute_nodes (id, host, node, report, updated_at)
                    VALUES (\(IDGenerator.random.uuid()), \(host), \(host), '{}', \(now))
                    """)
            }
            let server = sampleServer(IDGenerator.random.uuid())
            try await database.transaction("place") { transaction in
                try ServerStore.insert(server, in: transaction)
                try transaction.execute("UPDATE servers SET host = 'h1'")
            }
            let service = try #require(try await HostStore.services(in: database).first { $0.host == "h1" })
            let refused = await #expect(throws: ServiceError.self) { try await HostStore.delete(service, in: database) }
            #expect(refused?.code == .conflict)
            #expect(try await HostStore.services(in: database).count == 2)

            let now = now
            try await database.transaction("delete") { transaction in
                _ = try ServerStore.markDeleted(server.id, at: now, in: transaction)
            }
            try await HostStore.delete(service, in: database)
            #expect(try await HostStore.services(in: database).map(\.host) == ["h2"])
            for table in ["aggregate_hosts", "compute_nodes"] as [SQL] {
                let rows = try await database.query("SELECT host FROM \(sql: table)")
                #expect(try rows.map { try $0.get("host", as: String.self) } == ["h2"])
            }
        }
    }
}
