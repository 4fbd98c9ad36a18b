import ComputeModel
import Core
import Crypto
import FoundationEssentials
import Logging
import Messaging
import Testing
import Virt

@testable import ComputeAgent

/// A real libvirt, a real guest and, where given, a real iSCSI target.
///
/// - APUS_TEST_LIBVIRT_URI: a libvirt that may be used freely.
/// - APUS_TEST_GUEST_IMAGE: a bootable qcow2 image with a login on its serial console.
/// - APUS_TEST_LIBVIRT_RESTART: a program that restarts that libvirt.
/// - APUS_TEST_OVS_BRIDGE: an Open vSwitch bridge to plug a NIC into.
/// - APUS_TEST_ISCSI: `HOST:PORT IQN LUN USER PASSWORD` of a target with CHAP.
private enum RealHost {
    static let environment = ProcessInfo.processInfo.environment
    static var uri: String? { environment["APUS_TEST_LIBVIRT_URI"] }
    static var image: String? { environment["APUS_TEST_GUEST_IMAGE"] }
    static var bridge: String? { environment["APUS_TEST_OVS_BRIDGE"] }
    static var restart: String? { environment["APUS_TEST_LIBVIRT_RESTART"] }
    static var isThere: Bool { uri != nil && image != nil }
    static var iscsi: [String]? {
        environment["APUS_TEST_ISCSI"].map { $0.split(separator: " ").map(String.init) }
    }
}

@Suite(
    .serialized,
    .enabled(if: RealHost.isThere, "APUS_TEST_LIBVIRT_URI and APUS_TEST_GUEST_IMAGE name a libvirt and an image"))
struct LibvirtGuestTests {
    private func connection() throws -> LibvirtConnection {
        LibvirtConnection(uri: try #require(RealHost.uri), logger: Logger(label: "libvirt"))
    }

    @Test func theProbeFindsAKindOfGuestThatRuns() async throws {
        let connection = try connection()
        let maintenance = Task { try await connection.maintain() }
        defer { maintenance.cancel() }
        let probe = VirtTypeProbe(connection: connection, folder: "/tmp", logger: Logger(label: "probe"))
        let type = try await probe.choose([.kvm, .qemu])
        #expect([.kvm, .qemu].contains(type))
    }

    @Test(.enabled(if: RealHost.restart != nil, "APUS_TEST_LIBVIRT_RESTART names a program"), .timeLimit(.minutes(10)))
    func aRestartedLibvirtIsNoticedAndUsedAgain() async throws {
        let connection = try connection()
        let events = connection.events.subscribe()
        let maintenance = Task { try await connection.maintain() }
        defer { maintenance.cancel() }
        let driver = LibvirtDriver(connection: connection, logger: Logger(label: "driver"))
        _ = try await driver.inventory()
        try await Command(try #require(RealHost.restart)).checked()
        var seen: [LibvirtEvent] = []
        for await event in events where event == .closed || event == .connected {
            seen.append(event)
            if seen.count == 3 { break }
        }
        #expect(seen == [.connected, .closed, .connected])
        #expect(try await driver.inventory().vcpus > 0)
    }

    @Test(.timeLimit(.minutes(10)))
    func aGuestLivesThroughAllItsOperations() async throws {
        let driver = LibvirtDriver(connection: try connection(), logger: Logger(label: "driver"))
        let bytes = Array(try Data(contentsOf: URL(filePath: try #require(RealHost.image))))
        let fixture = try AgentFixture(driver, image: bytes)
        let image = ImageSpec(
            id: ImageID("11111111-2222-3333-4444-555555555555"), hash: Hex.encode(SHA512.hash(data: bytes)),
            diskFormat: "qcow2")
        var spec = ServerSpec.test(image: image)
        spec.configDrive = true
        spec.flavor.rootGiB = 1
        fixture.conductor.setFiles(["openstack/latest/meta_data.json": Base64.encode(Array("{}".utf8))])
        let server = spec.server
        let built = spec
        try await fixture.run {
            do {
                try await live(built, fixture, driver)
            } catch {
                try await driver.remove(server)
                throw error
            }
        }
    }

    private func live(_ spec: ServerSpec, _ fixture: AgentFixture, _ driver: LibvirtDriver) async throws {
        let limit = Duration.seconds(120)
        let server = spec.server
        let build = StepTicket.test(1)
        let placed = try await fixture.order(EnsureServer(ticket: build, spec: spec), build, within: limit)
        #expect(placed.failure == nil, "\(String(describing: placed.failure))")
        _ = try await eventually(within: limit) { try await console(fixture, server).contains("login:") ? true : nil }

        let diagnostics = try await fixture.client.call(ServerDiagnostics(server: server), at: "host1", .system())
        #expect(diagnostics.powerState == .running)
        #expect(diagnostics.disks.contains { $0.device == "vda" && $0.readBytes > 0 })

        if let iscsi = RealHost.iscsi { try await plugAndUnplug(iscsi, server, fixture, driver) }

        if let bridge = RealHost.bridge { try await plugAndUnplugPort(bridge, server, fixture) }

        for (order, action, state) in [
            (20, PowerServer.Action.pause, PowerState.paused), (21, .unpause, .running), (22, .suspend, .suspended),
            (23, .resume, .running), (24, .softReboot, .running), (25, .stop, .shutdown), (26, .start, .running),
            (27, .hardReboot, .running),
        ] {
            let ticket = StepTicket.test(Int64(order))
            let report = try await fixture.order(
                PowerServer(ticket: ticket, server: server, action: action, graceSeconds: 20), ticket, within: limit)
            #expect(report.failure == nil, "\(action): \(String(describing: report.failure))")
            #expect(try report.result.decode(PowerReport.self).powerState == state, "\(action)")
        }

        for (order, isRunning) in [(30, true), (32, false)] {
            if !isRunning { try await driver.stop(server) }
            let snapshot = StepTicket.test(Int64(order))
            let id = ImageID(UUID().uuidString.lowercased())
            let taken = try await fixture.order(
                SnapshotServer(ticket: snapshot, server: server, image: id), snapshot, within: limit)
            #expect(taken.failure == nil, "\(String(describing: taken.failure))")
            #expect((fixture.images.uploads[id] ?? 0) > 1 << 20)
        }

        let removal = StepTicket.test(40)
        let removed = try await fixture.order(DestroyServer(ticket: removal, server: server), removal, within: limit)
        #expect(removed.failure == nil)
        #expect(try await driver.guest(server) == nil)
        #expect(try await !fixture.agent.host.files.exists(fixture.agent.host.paths.instance(server)))
    }

    private func console(_ fixture: AgentFixture, _ server: ServerID) async throws -> String {
        try await fixture.client.call(ConsoleOutput(server: server), at: "host1", .system()).output
    }

    private func plugAndUnplugPort(_ bridge: String, _ server: ServerID, _ fixture: AgentFixture) async throws {
        let nic = NICSpec(
            port: PortID(UUID().uuidString.lowercased()), mac: "fa:16:3e:aa:bb:01",
            network: NetworkID("1b2c3d4e-0000-4000-8000-000000000001"), bridge: bridge)
        for order in Int64(10)...11 {
            let plug = StepTicket.test(order)
            let report = try await fixture.order(PlugPort(ticket: plug, server: server, nic: nic), plug)
            #expect(report.failure == nil, "\(String(describing: report.failure))")
        }
        let diagnostics = try await fixture.client.call(ServerDiagnostics(server: server), at: "host1", .system())
        #expect(diagnostics.nics.map(\.mac) == [nic.mac])
        for order in Int64(12)...13 {
            let unplug = StepTicket.test(order)
            let report = try await fixture.order(
                UnplugPort(ticket: unplug, server: server, port: nic.port), unplug, within: .seconds(150))
            #expect(report.failure == nil, "\(String(describing: report.failure))")
        }
        let after = try await fixture.client.call(ServerDiagnostics(server: server), at: "host1", .system())
        #expect(after.nics.isEmpty)
    }

    private func plugAndUnplug(
        _ iscsi: [String], _ server: ServerID, _ fixture: AgentFixture, _ driver: LibvirtDriver
    ) async throws {
        let portal = iscsi[0].split(separator: ":")
        let source = ISCSISource(
            iqn: iscsi[1], lun: Int(iscsi[2]) ?? 1, host: String(portal[0]), port: Int(portal[1]) ?? 3260,
            initiator: "iqn.2026-01.cloud.apus:host1", chap: ISCSISource.CHAP(username: iscsi[3], secret: ""))
        fixture.volumes.set(source, password: iscsi[4])
        let volume = VolumeSpec(
            volume: VolumeID(UUID().uuidString.lowercased()), attachment: AttachmentID(UUID().uuidString.lowercased()))
        for order in Int64(2)...3 {
            let attach = StepTicket.test(order)
            let report = try await fixture.order(
                AttachVolume(ticket: attach, server: server, volume: volume), attach, within: .seconds(60))
            #expect(report.failure == nil, "\(String(describing: report.failure))")
            if report.failure == nil {
                #expect(try report.result.decode(VolumeAttached.self).device == "/dev/vdb")
            }
        }
        let detach = StepTicket.test(4)
        let report = try await fixture.order(
            DetachVolume(ticket: detach, server: server, volume: volume.volume, attachment: volume.attachment),
            detach, within: .seconds(150))
        #expect(report.failure == nil, "\(String(describing: report.failure))")
        #expect(try await !driver.hasDevice(alias: GuestDisk.alias(volume.volume), server))
    }
}
