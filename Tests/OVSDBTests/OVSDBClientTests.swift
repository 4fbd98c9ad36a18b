import Core
import Logging
import OVSDB
import TestSupport
import Testing

private let switches = MonitoredTable("Logical_Switch", columns: ["name", "ports", "external_ids"])
private let ports = MonitoredTable("Logical_Switch_Port", columns: ["name", "up", "addresses", "options"])

@Suite(
    .enabled(if: OVSDBServer.Schema.northbound.isAvailable, "needs ovsdb-server and OVN's schema"),
    .timeLimit(.minutes(10)))
struct OVSDBClientTests {
    @Test func `A committed row is in the replica when the transaction returns`() async throws {
        try await withClient([switches, ports]) { client, _ in
            let results = try await client.transact([
                .insert(
                    table: "Logical_Switch_Port",
                    row: ["name": .string("p"), "addresses": .strings(["a", "b"])], name: "port"),
                .insert(
                    table: "Logical_Switch",
                    row: [
                        "name": .string("s"), "ports": .atom(.namedUUID("port")),
                        "external_ids": .stringMap(["k": "v \" } ü"]),
                    ]),
            ])
            let replica = try #require(await client.replica)
            let row = try #require(replica.find("Logical_Switch", key: "s"))
            #expect(row.uuid == results[1].uuid)
            #expect(row.map("external_ids") == ["k": "v \" } ü"])
            let port = try #require(replica.find("Logical_Switch_Port", key: "p"))
            #expect(row.uuids("ports") == [port.uuid])
            #expect(port.strings("addresses") == ["a", "b"])
        }
    }

    @Test func `Changes of sets, maps, optional values and scalars are followed`() async throws {
        try await withClient([switches, ports]) { client, _ in
            try await client.transact([
                .insert(
                    table: "Logical_Switch_Port",
                    row: [
                        "name": .string("p"), "addresses": .strings(["a", "b"]), "up": .boolean(false),
                        "options": .stringMap(["x": "1", "y": "2"]),
                    ], name: "port"),
                .insert(table: "Logical_Switch", row: ["name": .string("s"), "ports": .atom(.namedUUID("port"))]),
            ])
            try await client.transact([
                .mutate(
                    table: "Logical_Switch_Port", where: [.init("name", .equal, .string("p"))],
                    [
                        .init("addresses", .delete, .string("a")), .init("addresses", .insert, .string("c")),
                        .init("options", .delete, .set(["x"])), .init("options", .insert, .stringMap(["z": "3"])),
                    ]),
                .update(
                    table: "Logical_Switch_Port", where: [.init("name", .equal, .string("p"))],
                    row: ["up": .boolean(true)]),
            ])
            let port = try #require(await client.replica?.find("Logical_Switch_Port", key: "p"))
            #expect(port.strings("addresses") == ["b", "c"])
            #expect(port.map("options") == ["y": "2", "z": "3"])
            #expect(port.boolean("up") == true)
            try await client.transact([
                .update(
                    table: "Logical_Switch_Port", where: [.uuid(port.uuid)],
                    row: ["up": .empty, "name": .string("q")])
            ])
            #expect(await client.replica?.find("Logical_Switch_Port", key: "p") == nil)
            #expect(await client.replica?.find("Logical_Switch_Port", key: "q")?.boolean("up") == nil)
            try await client.transact([
                .mutate(table: "Logical_Switch", where: [], [.init("ports", .delete, .uuids([port.uuid]))])
            ])
            #expect(await client.replica?.rows("Logical_Switch_Port").isEmpty == true)
        }
    }

    @Test func `A wait that does not hold fails the whole transaction`() async throws {
        try await withClient([switches]) { client, _ in
            let once: [OVSDBOperation] = [
                .wait(
                    table: "Logical_Switch", where: [.init("name", .equal, .string("s"))], columns: ["name"],
                    equal: true, rows: []),
                .insert(table: "Logical_Switch", row: ["name": .string("s")]),
            ]
            try await client.transact(once)
            await #expect {
                try await client.transact(once)
            } throws: { error in
                if case OVSDBError.operation(0, "timed out", _) = error { true } else { false }
            }
            #expect(await client.replica?.all("Logical_Switch", key: "s").count == 1)
        }
    }

    @Test func `A constraint violation names its reason and changes nothing`() async throws {
        let table = MonitoredTable("Port_Group", columns: ["name"])
        try await withClient([table]) { client, _ in
            await #expect {
                try await client.transact([
                    .insert(table: "Port_Group", row: ["name": .string("g")]),
                    .insert(table: "Port_Group", row: ["name": .string("g")]),
                ])
            } throws: { error in
                if case OVSDBError.operation(_, "constraint violation", _) = error { true } else { false }
            }
            #expect(await client.replica?.rows("Port_Group").isEmpty == true)
        }
    }

    @Test func `Changes by others are announced once, merged per row`() async throws {
        try await withClient([switches]) { client, server in
            #expect(try await client.nextChanges().isResynchronised)
            let other = OVSDBClient(server.options([]), logger: Logger(label: "other"))
            let running = Task { try await other.run() }
            defer { running.cancel() }
            try await eventually { await other.isConnected }
            let inserted = try await other.transact([.insert(table: "Logical_Switch", row: ["name": .string("s")])])
            let changes = try await client.nextChanges()
            #expect(changes.rows.map(\.uuid) == [inserted[0].uuid])
            #expect(!changes.isResynchronised)
        }
    }

    @Test func `The session is made anew when the server comes back`() async throws {
        let first = try OVSDBServer()
        let client = OVSDBClient(first.options([switches]), logger: Logger(label: "test"))
        let running = Task { try await client.run() }
        defer { running.cancel() }
        try await eventually { await client.isConnected }
        try await client.transact([.insert(table: "Logical_Switch", row: ["name": .string("kept")])])
        first.stop(keepingFiles: true)
        try await eventually { await !client.isConnected }
        await #expect(throws: OVSDBError.self) { try await client.transact([.comment("nobody listens")]) }
        let second = try OVSDBServer(reusing: first.folder)
        defer { second.stop() }
        try await eventually { await client.isConnected }
        #expect(await client.replica?.find("Logical_Switch", key: "kept") != nil)
    }
}
