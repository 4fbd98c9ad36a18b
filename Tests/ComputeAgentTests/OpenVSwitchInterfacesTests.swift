import ComputeModel
import Core
import Logging
import OVSDB
import TestSupport
import Testing

@testable import ComputeAgent

@Suite(
    .enabled(if: OVSDBServer.Schema.openVSwitch.isAvailable, "needs ovsdb-server and Open vSwitch's schema"),
    .timeLimit(.minutes(10)))
struct OpenVSwitchInterfacesTests {
    private static let server = ServerID("11111111-2222-3333-4444-555555555555")
    private static let other = ServerID("22222222-2222-3333-4444-555555555555")
    private static let first = PortID("33333333-2222-3333-4444-555555555555")
    private static let second = PortID("44444444-2222-3333-4444-555555555555")

    private func connected(_ server: OVSDBServer) async throws -> (OVSDBClient, Task<Void, any Error>) {
        var options = OpenVSwitchInterfaces.options(.unix(server.socket))
        options.backoff = .milliseconds(20) ... .milliseconds(100)
        let client = OVSDBClient(options, logger: Logger(label: "test"))
        let running = Task { try await client.run() }
        _ = try await eventually { await client.isConnected ? true : nil }
        return (client, running)
    }

    /// A bridge with interfaces of guests, and one of nobody's.
    private func plug(_ interfaces: [GuestInterface], _ client: OVSDBClient) async throws {
        var operations: [OVSDBOperation] = []
        var ports: Set<OVSDBAtom> = []
        let all: [GuestInterface?] = [nil] + interfaces
        for (index, interface) in all.enumerated() {
            let ids = interface.map { ["vm-id": $0.server.rawValue, "iface-id": $0.port.rawValue] } ?? [:]
            operations.append(
                .insert(
                    table: "Interface", row: ["name": .string("tap\(index)"), "external_ids": .stringMap(ids)],
                    name: "interface\(index)"))
            operations.append(
                .insert(
                    table: "Port",
                    row: ["name": .string("tap\(index)"), "interfaces": .atom(.namedUUID("interface\(index)"))],
                    name: "port\(index)"))
            ports.insert(.namedUUID("port\(index)"))
        }
        operations.append(
            .insert(table: "Bridge", row: ["name": .string("br-int"), "ports": .set(ports)], name: "bridge"))
        operations.append(.insert(table: "Open_vSwitch", row: ["bridges": .atom(.namedUUID("bridge"))]))
        try await client.transact(operations)
    }

    private func names(_ client: OVSDBClient) async throws -> Set<String> {
        let rows = try await client.transact([.select(table: "Port", where: [], columns: ["name"])])[0].rows
        return Set(rows.compactMap { $0.string("name") })
    }

    @Test func whatAGuestHasIsRemovedAndNothingElse() async throws {
        let server = try OVSDBServer(.openVSwitch)
        defer { server.stop() }
        let (client, running) = try await connected(server)
        defer { running.cancel() }
        let interfaces = OpenVSwitchInterfaces(database: client)
        // The first port has been another guest's before: only that one's interface is meant.
        let plugged = [
            GuestInterface(server: Self.server, port: Self.first),
            GuestInterface(server: Self.server, port: Self.second),
            GuestInterface(server: Self.other, port: Self.first),
        ]
        try await plug(plugged, client)
        #expect(Set(try await interfaces.list()) == Set(plugged))

        try await interfaces.remove(Self.first, of: Self.server)
        #expect(try await names(client) == ["tap0", "tap2", "tap3"])
        try await interfaces.remove(Self.first, of: Self.server)
        try await interfaces.remove(nil, of: Self.server)
        #expect(try await names(client) == ["tap0", "tap3"])
        #expect(try await interfaces.list() == [GuestInterface(server: Self.other, port: Self.first)])
    }

    @Test func whileTheDatabaseIsAwayNothingIsTakenForRemoved() async throws {
        let first = try OVSDBServer(.openVSwitch)
        let (client, running) = try await connected(first)
        defer { running.cancel() }
        let interfaces = OpenVSwitchInterfaces(database: client)
        try await plug([GuestInterface(server: Self.server, port: Self.first)], client)
        first.stop(keepingFiles: true)
        let error = await #expect(throws: ServiceError.self) { try await interfaces.remove(nil, of: Self.server) }
        #expect(error?.code == .unavailable)

        _ = try await eventually { await client.isConnected ? nil : true }
        let second = try OVSDBServer(.openVSwitch, reusing: first.folder)
        defer { second.stop() }
        _ = try await eventually { await client.isConnected ? true : nil }
        try await interfaces.remove(nil, of: Self.server)
        #expect(try await names(client) == ["tap0"])
    }
}
