import Core
import Database
import Logging
import OVSDB
import TestSupport
import Testing

@testable import Network

@Suite(
    .enabled(
        if: TestServices.isDatabaseAvailable && OVSDBServer.Schema.northbound.isAvailable,
        "needs MariaDB and ovsdb-server"),
    .timeLimit(.minutes(10)))
struct OVNDriverTests {
    /// Runs `body` with the service, a northbound database and a driver between them.
    private func withOVN(
        lookout: String = "3600s",
        _ body: @escaping @Sendable (NetworkWorld, OVSDBClient, OVNDriver) async throws -> Void
    ) async throws {
        let server = try OVSDBServer(.northbound)
        defer { server.stop() }
        try await NetworkWorld.run { world in
            let logger = Logger(label: "test")
            func client(_ tables: [MonitoredTable]) -> OVSDBClient {
                var options = OVSDBClientOptions(
                    remotes: [.unix(server.socket)], database: "OVN_Northbound", tables: tables)
                options.backoff = .milliseconds(20) ... .milliseconds(100)
                return OVSDBClient(options, logger: logger)
            }
            let northbound = client(OVNTables.monitored)
            // Hosts are not looked at here: the southbound session never begins.
            let driver = OVNDriver(
                database: world.database, northbound: northbound, southbound: client([]), options: world.options,
                ovn: try Configuration(text: "[ovn]\nlookout_interval = \(lookout)\n").read(OVNOptions.self),
                clock: .system, logger: logger)
            let session = Task { try await northbound.run() }
            try await eventually("connected") { await northbound.isConnected }
            let work = Task { try await driver.run() }
            defer {
                work.cancel()
                session.cancel()
            }
            try await body(world, northbound, driver)
        }
    }

    private func settled(_ world: NetworkWorld, _ driver: OVNDriver) async throws {
        driver.wake()
        try await eventually("no changes wait") {
            try await world.database.query("SELECT subject FROM ovn_changes").isEmpty
        }
    }

    @Test func `A router between a tenant and an external network appears in OVN and leaves nothing behind`()
        async throws
    {
        try await withOVN { world, northbound, driver in
            let (outside, _) = try await world.network("172.24.4.0/24", name: "public", external: true)
            let (inside, subnet) = try await world.network("10.0.0.0/24")
            let router = try await world.create(
                world.routers, ["external_gateway_info": ["network_id": .string(outside.id)]])
            try await world.addInterface(router, subnet)
            let port = try await world.create(world.ports, ["network_id": .string(inside.id)])
            let floating = try await world.create(
                FloatingIPs(), ["floating_network_id": .string(outside.id), "port_id": .string(port.id)])
            try await settled(world, driver)

            var replica = try #require(await northbound.replica)
            let row = try #require(replica.find("Logical_Switch_Port", key: port.id))
            #expect(row.strings("addresses") == ["\(port.string("mac_address")) 10.0.0.3"])
            #expect(row.uuids("dhcpv4_options").count == 1)
            let group = try #require(replica.find("Port_Group", key: OVNSecurityRows.dropGroup))
            #expect(group.uuids("ports") == [row.uuid])
            #expect(Set(replica.rows("NAT").compactMap { $0.string("type") }) == ["snat", "dnat_and_snat"])
            #expect(replica.rows("Logical_Router_Static_Route").map { $0.string("nexthop") } == ["172.24.4.1"])

            try await world.delete(FloatingIPs(), floating.id)
            try await world.delete(world.ports, port.id)
            try await world.removeInterface(router, subnet)
            try await world.delete(world.routers, router.id)
            try await world.delete(world.networks, inside.id)
            try await world.delete(world.networks, outside.id)
            try await settled(world, driver)
            replica = try #require(await northbound.replica)
            for table in OVNTables.written where table != "Port_Group" && table != "ACL" {
                #expect(replica.rows(table).isEmpty, "\(table)")
            }
            #expect(replica.find("Port_Group", key: OVNSecurityRows.dropGroup)?.uuids("ports") == [])
        }
    }

    @Test func `Guests are no longer sent to a metadata port that was deleted`() async throws {
        try await withOVN { world, northbound, driver in
            let (network, subnet) = try await world.network("10.0.0.0/24")
            try await settled(world, driver)
            func tellsTheWay() async -> Bool? {
                await northbound.replica?.find("DHCP_Options", key: OVNNetworkRows.dhcpName(subnet.id))?
                    .map("options")["classless_static_route"]?.contains("169.254.169.254")
            }
            try await eventually("the way is told") { await tellsTheWay() == true }
            let port = try #require(
                try await world.database.first(
                    """
                    SELECT id FROM ports WHERE network_id = \(network.id) AND device_owner = \(MetadataPort.owner)
                    """))
            try await world.delete(world.ports, try port.get("id"))
            try await settled(world, driver)
            try await eventually("the way is told no more") { await tellsTheWay() != true }
        }
    }

    @Test func `What was damaged, lost or left over in OVN is mended, and what others made is let be`() async throws {
        try await withOVN { world, northbound, driver in
            let (network, subnet) = try await world.network("10.0.0.0/24")
            let port = try await world.create(world.ports, ["network_id": .string(network.id)])
            try await settled(world, driver)
            let replica = try #require(await northbound.replica)
            let row = try #require(replica.find("Logical_Switch_Port", key: port.id))
            try await northbound.transact([
                .insert(table: "Logical_Switch", row: ["name": .string("somebody's")]),
                .insert(
                    table: "Logical_Switch",
                    row: [
                        "name": .string("neutron-gone"),
                        "external_ids": .stringMap([OVNTables.ownerKey: "network/gone"]),
                    ]),
                .update(
                    table: "Logical_Switch_Port", where: [.uuid(row.uuid)], row: ["addresses": .strings(["unknown"])]),
                .delete(table: "DHCP_Options", where: []),
                .delete(
                    table: "Port_Group", where: [.init("name", .equal, .string(OVNSecurityRows.dropGroup))]),
            ])
            await driver.compareAll()
            try await eventually("mended") {
                guard let replica = await northbound.replica,
                    let row = replica.find("Logical_Switch_Port", key: port.id)
                else { return false }
                return row.strings("addresses") == ["\(port.string("mac_address")) 10.0.0.3"]
                    && !row.uuids("dhcpv4_options").isEmpty
                    && replica.find("Logical_Switch", key: "neutron-gone") == nil
                    && replica.find("Port_Group", key: OVNSecurityRows.dropGroup)?.uuids("ports") == [row.uuid]
            }
            #expect(await northbound.replica?.find("Logical_Switch", key: "somebody's") != nil)
            #expect(await northbound.replica?.find("DHCP_Options", key: OVNNetworkRows.dhcpName(subnet.id)) != nil)
        }
    }

    @Test func `Two daemons that bring the same changes to OVN make each row once`() async throws {
        try await withOVN { world, northbound, driver in
            let logger = Logger(label: "second")
            let second = OVSDBClient(northbound.options, logger: logger)
            let other = OVNDriver(
                database: world.database, northbound: second, southbound: second, options: world.options,
                ovn: try Configuration(text: "").read(OVNOptions.self), clock: .system, logger: logger)
            let session = Task { try await second.run() }
            let work = Task { try await other.run() }
            defer {
                work.cancel()
                session.cancel()
            }
            try await eventually("both connected") { await second.isConnected }
            var switches: [String] = []
            for index in 0..<10 {
                let (network, subnet) = try await world.network("10.0.\(index).0/24")
                let router = try await world.create(world.routers, [:])
                try await world.addInterface(router, subnet)
                switches.append(OVNNetworkRows.switchName(network.id))
                driver.wake()
                other.wake()
            }
            try await settled(world, driver)
            let replica = try #require(await northbound.replica)
            #expect(replica.rows("Logical_Switch").compactMap { $0.string("name") }.sorted() == switches.sorted())
            #expect(replica.rows("Logical_Router").count == 10)
            #expect(replica.rows("DHCP_Options").count == 10)
        }
    }

    @Test func `A note that is due later is dealt with then, by nobody's signal`() async throws {
        try await withOVN { world, northbound, driver in
            let (network, _) = try await world.network("10.0.0.0/24")
            try await settled(world, driver)
            try await world.database.execute(
                """
                INSERT INTO ovn_changes (subject, sequence, queued_at, attempts, not_before)
                VALUES (\(OVNSubject.network(network.id).text), 1, UTC_TIMESTAMP(6), 1,
                    UTC_TIMESTAMP(6) + INTERVAL 1 SECOND)
                """)
            driver.wake()
            try await eventually("the note is dealt with") {
                try await world.database.query("SELECT subject FROM ovn_changes").isEmpty
            }
        }
    }

    @Test func `What another daemon noted and did not bring to OVN is found by looking out`() async throws {
        try await withOVN(lookout: "200ms") { world, northbound, driver in
            // Committed without a signal to this driver.
            let (network, _) = try await world.network("10.0.0.0/24")
            try await eventually("found") {
                await northbound.replica?.find("Logical_Switch", key: OVNNetworkRows.switchName(network.id)) != nil
            }
        }
    }

    @Test func `A port that OVN reports up is ACTIVE once, and compute is told once`() async throws {
        try await withOVN { world, _, _ in
            let (network, _) = try await world.network("10.0.0.0/24")
            let port = try await world.create(
                world.ports,
                ["network_id": .string(network.id), "device_id": "server", "device_owner": "compute:nova"],
                isAdmin: true)
            for up in [true, true, false] { try await PortStatus.apply([port.id: up], world.database, .system) }
            let events = try await world.database.query("SELECT name, server_id, tag FROM compute_events ORDER BY id")
            #expect(
                try events.map { try $0.get("name", as: String.self) } == [
                    "network-vif-plugged", "network-vif-unplugged",
                ])
            #expect(try events.allSatisfy { try $0.get("tag", as: String.self) == port.id })
        }
    }
}
