import ComputeModel
import Core
import Testing
import Virt

@testable import ComputeAgent

/// libvirt takes an interface for unplugged whatever the switch says, so a server that was deleted while Open
/// vSwitch's database was dead left its port on the bridge for ever.
@Suite struct InterfaceRemovalTests {
    private static let nic = NICSpec(
        port: PortID("33333333-2222-3333-4444-555555555555"), mac: "fa:16:3e:00:00:01",
        network: NetworkID("44444444-2222-3333-4444-555555555555"))
    private static let away = ServiceError(.internal, "The switch is away.")

    private struct World: Sendable {
        let fixture: AgentFixture
        let driver: FakeDriver
        let interfaces: TestInterfaces
        let spec: ServerSpec
        var interface: GuestInterface { GuestInterface(server: spec.server, port: InterfaceRemovalTests.nic.port) }
    }

    /// A guest with one NIC, which its hypervisor never unplugs from the switch.
    private func withGuest(_ body: @Sendable @escaping (World) async throws -> Void) async throws {
        let (driver, interfaces) = (FakeDriver(), TestInterfaces())
        let fixture = try AgentFixture(
            driver, image: [UInt8](repeating: 7, count: 1 << 20), interfaces: interfaces)
        try await fixture.run {
            let spec = ServerSpec.test(image: AgentCommandTests.rawImage)
            let build = StepTicket.test(1)
            _ = try await fixture.order(EnsureServer(ticket: build, spec: spec), build)
            let plug = StepTicket.test(2)
            _ = try await fixture.order(PlugPort(ticket: plug, server: spec.server, nic: Self.nic), plug)
            let world = World(fixture: fixture, driver: driver, interfaces: interfaces, spec: spec)
            interfaces.plug(world.interface)
            try await body(world)
        }
    }

    @Test func anInterfaceIsUnpluggedOnlyWhenTheSwitchSaysSo() async throws {
        try await withGuest { world in
            world.interfaces.failNext(Self.away)
            for (generation, isDone) in [(Int64(1), false), (2, true)] {
                let ticket = StepTicket.test(3, generation: generation)
                let report = try await world.fixture.order(
                    UnplugPort(ticket: ticket, server: world.spec.server, port: Self.nic.port), ticket)
                #expect((report.failure == nil) == isDone)
                #expect(world.interfaces.plugged.isEmpty == isDone)
                #expect(try await world.driver.guest(world.spec.server)?.record.spec.nics.isEmpty == isDone)
            }
        }
    }

    @Test func aServerIsDestroyedOnlyWhenTheSwitchHasNothingOfIt() async throws {
        try await withGuest { world in
            world.interfaces.failNext(Self.away)
            for (generation, isDone) in [(Int64(1), false), (2, true)] {
                // The second time there is no guest any more that knows of its interface.
                let ticket = StepTicket.test(3, generation: generation)
                let report = try await world.fixture.order(
                    DestroyServer(ticket: ticket, server: world.spec.server), ticket)
                #expect((report.failure == nil) == isDone)
                #expect(world.interfaces.plugged.isEmpty == isDone)
                #expect(try await world.driver.guests().isEmpty)
            }
        }
    }

    @Test func aSwitchThatIsAwayForAMomentIsAskedAgain() async throws {
        try await withGuest { world in
            world.interfaces.failNext(ServiceError(.unavailable, "The switch is away."))
            let ticket = StepTicket.test(3)
            let report = try await world.fixture.order(
                DestroyServer(ticket: ticket, server: world.spec.server), ticket)
            #expect(report.failure == nil)
            #expect(world.interfaces.plugged.isEmpty)
        }
    }

    @Test func theComparisonUnplugsWhatNoGuestHasAnyMore() async throws {
        try await withGuest { world in
            let server = world.spec.server
            let undone = GuestInterface(server: server, port: PortID("55555555-2222-3333-4444-555555555555"))
            let foreign = GuestInterface(
                server: ServerID("66666666-2222-3333-4444-555555555555"), port: undone.port)
            world.interfaces.plug(undone)
            world.interfaces.plug(foreign)
            world.fixture.conductor.setListing(
                ListServersOnHost.Reply(
                    servers: [.init(server: server, vmState: "active", taskState: nil, powerState: .running)],
                    orphans: []))
            try await world.fixture.agent.reconciliation.runOnce()
            #expect(world.interfaces.plugged == [world.interface, foreign])

            let destroy = StepTicket.test(3)
            _ = try await world.fixture.order(DestroyServer(ticket: destroy, server: server), destroy)
            world.interfaces.plug(undone)
            try await world.fixture.agent.reconciliation.runOnce()
            #expect(world.interfaces.plugged == [foreign])
        }
    }
}
