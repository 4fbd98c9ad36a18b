import ComputeModel
import Core
import Messaging
import Testing
import Virt

@testable import ComputeAgent

/// Commands about devices, whose workflows run beside each other: each device has an order of its own.
@Suite struct DeviceCommandTests {
    private static let nic = NICSpec(
        port: PortID("33333333-2222-3333-4444-555555555555"), mac: "fa:16:3e:00:00:01",
        network: NetworkID("44444444-2222-3333-4444-555555555555"))
    private static let otherNIC = NICSpec(
        port: PortID("55555555-2222-3333-4444-555555555555"), mac: "fa:16:3e:00:00:02",
        network: NetworkID("44444444-2222-3333-4444-555555555555"))

    private func withGuest(
        _ body: @Sendable @escaping (AgentFixture, FakeDriver, ServerSpec) async throws -> Void
    ) async throws {
        let driver = FakeDriver()
        let fixture = try AgentFixture(driver, image: [UInt8](repeating: 7, count: 1 << 20))
        try await fixture.run {
            let spec = ServerSpec.test(image: AgentCommandTests.rawImage)
            let build = StepTicket.test(1)
            let report = try await fixture.order(EnsureServer(ticket: build, spec: spec), build)
            #expect(report.failure == nil)
            try await body(fixture, driver, spec)
        }
    }

    @Test func aCommandThatComesAfterANewerOneForAnotherDeviceIsObeyed() async throws {
        try await withGuest { fixture, driver, spec in
            let newer = StepTicket.test(3)
            _ = try await fixture.order(PlugPort(ticket: newer, server: spec.server, nic: Self.otherNIC), newer)
            let older = StepTicket.test(2)
            let report = try await fixture.order(PlugPort(ticket: older, server: spec.server, nic: Self.nic), older)
            #expect(report.failure == nil)
            let ports = try await driver.guest(spec.server)?.record.spec.nics.map(\.port)
            #expect(Set(ports ?? []) == [Self.nic.port, Self.otherNIC.port])
        }
    }

    @Test func aLateCommandDoesNotBringADeviceBack() async throws {
        try await withGuest { fixture, driver, spec in
            let plug = StepTicket.test(2)
            _ = try await fixture.order(PlugPort(ticket: plug, server: spec.server, nic: Self.nic), plug)
            let unplug = StepTicket.test(3)
            _ = try await fixture.order(UnplugPort(ticket: unplug, server: spec.server, port: Self.nic.port), unplug)
            try await fixture.client.cast(
                PlugPort(ticket: plug, server: spec.server, nic: Self.nic), at: "host1", .system())
            // That the late one was looked at is seen by a later command being done.
            let other = StepTicket.test(4)
            _ = try await fixture.order(PlugPort(ticket: other, server: spec.server, nic: Self.otherNIC), other)
            #expect(try await driver.guest(spec.server)?.record.spec.nics.map(\.port) == [Self.otherNIC.port])
        }
    }

    @Test func aBuildThatComesAgainKeepsTheDevicesThatCameSince() async throws {
        try await withGuest { fixture, driver, spec in
            let plug = StepTicket.test(2)
            _ = try await fixture.order(PlugPort(ticket: plug, server: spec.server, nic: Self.nic), plug)
            let again = StepTicket.test(1)
            let report = try await fixture.order(EnsureServer(ticket: again, spec: spec), again)
            #expect(report.failure == nil)
            #expect(try await driver.guest(spec.server)?.record.spec.nics.map(\.port) == [Self.nic.port])
        }
    }

    @Test func commandsOfManyDevicesAreRememberedWithinALimit() {
        var record = GuestRecord(spec: .test(), fence: CommandFence(order: 1, generation: 1))
        for order in 2...200 {
            record.note(CommandFence(order: Int64(order), generation: 1), for: "device-\(order)")
        }
        #expect(record.deviceFences?.count == 64)
        #expect(record.fence(of: "device-200").order == 200)
        #expect(record.fence(of: "device-2") == .none)
        #expect(record.fence(of: nil).order == 1)
    }
}
