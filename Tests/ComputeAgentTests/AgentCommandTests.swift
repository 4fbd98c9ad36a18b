import ComputeModel
import Core
import Crypto
import FoundationEssentials
import Messaging
import Testing
import Virt

@testable import ComputeAgent

/// The agent's commands over an in-memory broker and a fake hypervisor: what is done, once, and reported.
@Suite struct AgentCommandTests {
    static let rawImage = ImageSpec(
        id: ImageID("11111111-2222-3333-4444-555555555555"), name: "raw",
        hash: Hex.encode(SHA512.hash(data: [UInt8](repeating: 7, count: 1 << 20))), diskFormat: "raw")

    private func fixture(_ driver: FakeDriver) throws -> AgentFixture {
        try AgentFixture(driver, image: [UInt8](repeating: 7, count: 1 << 20))
    }

    @Test func ensuringAServerTwiceMakesItOnceAndReportsTwice() async throws {
        let driver = FakeDriver()
        let fixture = try fixture(driver)
        try await fixture.run {
            let spec = ServerSpec.test(image: Self.rawImage)
            for _ in 1...2 {
                let ticket = StepTicket.test(1)
                let report = try await fixture.order(EnsureServer(ticket: ticket, spec: spec), ticket)
                #expect(report.failure == nil)
                let placed = try report.result.decode(ServerPlaced.self)
                #expect(placed.powerState == .running)
                #expect(placed.rootDevice == "/dev/vda")
            }
            #expect(fixture.images.downloads == 1)
            #expect(driver.calls.filter { $0 == .remove(spec.server) }.isEmpty)
            #expect(try await driver.guests().count == 1)
        }
    }

    @Test func aServerThatLostItsDiskIsNotGivenAnotherOne() async throws {
        let driver = FakeDriver()
        let fixture = try fixture(driver)
        try await fixture.run {
            let spec = ServerSpec.test(image: Self.rawImage)
            let (files, paths) = (fixture.agent.host.files, fixture.agent.host.paths)
            let build = StepTicket.test(1)
            _ = try await fixture.order(EnsureServer(ticket: build, spec: spec), build)
            try await driver.remove(spec.server)
            try await files.removeFolder(paths.instance(spec.server))

            let start = StepTicket.test(2)
            let report = try await fixture.order(EnsureServer(ticket: start, spec: spec, disks: .keep), start)
            #expect(report.failure?.code == "conflict")
            #expect(report.failure?.message.contains("root disk (disk) is missing") == true)
            #expect(try await driver.guests().isEmpty)
            #expect(try await !files.exists("\(paths.instance(spec.server))/disk"))
        }
    }

    @Test func aServerThatLostItsEphemeralDiskKeepsItsRoot() async throws {
        let driver = FakeDriver()
        let fixture = try fixture(driver)
        try await fixture.run {
            var spec = ServerSpec.test(image: Self.rawImage)
            spec.flavor.ephemeralGiB = 1
            let (files, paths) = (fixture.agent.host.files, fixture.agent.host.paths)
            let build = StepTicket.test(1)
            _ = try await fixture.order(EnsureServer(ticket: build, spec: spec), build)
            try await driver.remove(spec.server)
            try await files.remove("\(paths.instance(spec.server))/disk.eph0")

            let start = StepTicket.test(2)
            let report = try await fixture.order(EnsureServer(ticket: start, spec: spec, disks: .keep), start)
            #expect(report.failure?.message.contains("ephemeral disk (disk.eph0) is missing") == true)
            #expect(try await files.exists("\(paths.instance(spec.server))/disk"))
        }
    }

    @Test func aServerThatLostOnlyItsGuestStartsFromItsDiskAgain() async throws {
        let driver = FakeDriver()
        let fixture = try fixture(driver)
        try await fixture.run {
            var spec = ServerSpec.test(image: Self.rawImage)
            spec.flavor.swapMiB = 1
            let (files, paths) = (fixture.agent.host.files, fixture.agent.host.paths)
            let build = StepTicket.test(1)
            _ = try await fixture.order(EnsureServer(ticket: build, spec: spec), build)
            let disk = "\(paths.instance(spec.server))/disk"
            let content = try await files.read(disk, limit: 8 << 20)
            // Its image may have been let go of while no guest was seen to need it; swap holds nothing.
            try await driver.remove(spec.server)
            try await files.removeFolder(paths.images)
            try await files.remove("\(paths.instance(spec.server))/disk.swap")

            for order in Int64(2)...3 {
                let start = StepTicket.test(order)
                let report = try await fixture.order(EnsureServer(ticket: start, spec: spec, disks: .keep), start)
                #expect(report.failure == nil)
            }
            #expect(try await files.read(disk, limit: 8 << 20) == content)
            #expect(try await files.list(paths.images).filter { $0.hasSuffix(".raw") }.count == 1)
            #expect(try await driver.guest(spec.server)?.power == .running)
        }
    }

    @Test func oneDownloadServesManyBoots() async throws {
        let fixture = try fixture(FakeDriver())
        try await fixture.run {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...8 {
                    group.addTask {
                        let ticket = StepTicket.test(1)
                        let spec = ServerSpec.test(image: Self.rawImage)
                        let report = try await fixture.order(EnsureServer(ticket: ticket, spec: spec), ticket)
                        #expect(report.failure == nil)
                    }
                }
                try await group.waitForAll()
            }
            #expect(fixture.images.downloads == 1)
        }
    }

    @Test func anOlderCommandIsRefusedAndADeletedServerStaysDeleted() async throws {
        let driver = FakeDriver()
        let fixture = try fixture(driver)
        try await fixture.run {
            let spec = ServerSpec.test(image: Self.rawImage)
            let build = StepTicket.test(5)
            _ = try await fixture.order(EnsureServer(ticket: build, spec: spec), build)
            // An outdated stop does nothing; that it was looked at is seen by the later command being done.
            try await fixture.client.cast(
                PowerServer(ticket: .test(4), server: spec.server, action: .stop), at: "host1", .system())
            let removal = StepTicket.test(6)
            let removed = try await fixture.order(DestroyServer(ticket: removal, server: spec.server), removal)
            #expect(removed.failure == nil)
            #expect(!driver.calls.contains(.stop(spec.server)))
            // The build's message comes again, late.
            try await fixture.client.cast(EnsureServer(ticket: build, spec: spec), at: "host1", .system())
            let again = StepTicket.test(6)
            _ = try await fixture.order(DestroyServer(ticket: again, server: spec.server), again)
            #expect(try await driver.guests().isEmpty)
            #expect(fixture.conductor.steps.count == 3)
        }
    }

    @Test func anImageThatDoesNotMatchItsHashIsNotBooted() async throws {
        let driver = FakeDriver()
        let fixture = try fixture(driver)
        try await fixture.run {
            var image = Self.rawImage
            image.hash = String(repeating: "0", count: 128)
            let ticket = StepTicket.test(1)
            let report = try await fixture.order(
                EnsureServer(ticket: ticket, spec: .test(image: image)), ticket)
            #expect(report.failure?.code == "conflict")
            #expect(try await driver.guests().isEmpty)
            #expect(try await fixture.agent.host.files.list(fixture.agent.host.paths.images).isEmpty)
        }
    }

    @Test func aSoftRebootOfADeafGuestBecomesAHardOne() async throws {
        let driver = FakeDriver()
        let fixture = try fixture(driver)
        try await fixture.run {
            let spec = ServerSpec.test(image: Self.rawImage)
            let build = StepTicket.test(1)
            _ = try await fixture.order(EnsureServer(ticket: build, spec: spec), build)
            driver.setObeysPowerButton(false)
            let reboot = StepTicket.test(2)
            let report = try await fixture.order(
                PowerServer(ticket: reboot, server: spec.server, action: .softReboot, graceSeconds: 1), reboot)
            #expect(try report.result.decode(PowerReport.self).powerState == .running)
            #expect(
                driver.calls.suffix(4) == [
                    .powerButton(spec.server), .stop(spec.server), .define(spec.server), .start(spec.server),
                ])
        }
    }

    @Test func aVolumeIsAttachedWithItsSecretAndDetachedWithout() async throws {
        let driver = FakeDriver()
        let fixture = try fixture(driver)
        let source = ISCSISource(
            iqn: "iqn.2010-10.org.openstack:volume-9", lun: 1, host: "10.0.0.1", port: 3260,
            chap: ISCSISource.CHAP(username: "user", secret: ""))
        fixture.volumes.set(source, password: "swordfish")
        try await fixture.run {
            let spec = ServerSpec.test(image: Self.rawImage)
            let build = StepTicket.test(1)
            _ = try await fixture.order(EnsureServer(ticket: build, spec: spec), build)
            let volume = VolumeSpec(
                volume: VolumeID("22222222-2222-3333-4444-555555555555"),
                attachment: AttachmentID("33333333-2222-3333-4444-555555555555"))
            for order in Int64(2)...3 {
                let attach = StepTicket.test(order)
                let report = try await fixture.order(
                    AttachVolume(ticket: attach, server: spec.server, volume: volume), attach)
                #expect(try report.result.decode(VolumeAttached.self).device == "/dev/vdb")
            }
            #expect(driver.secrets == [volume.attachment.rawValue: "swordfish"])
            #expect(fixture.volumes.completed.contains(volume.attachment))
            let record = try #require(try await driver.guest(spec.server)?.record)
            #expect(!(try record.metadataXML(declaringNamespace: true).contains("swordfish")))

            driver.setReleasesDevices(false)
            let refused = StepTicket.test(4)
            let failed = try await fixture.order(
                DetachVolume(
                    ticket: refused, server: spec.server, volume: volume.volume, attachment: volume.attachment),
                refused)
            #expect(failed.failure?.code == "conflict")
            #expect(driver.secrets.count == 1)

            driver.setReleasesDevices(true)
            let detach = StepTicket.test(5)
            let done = try await fixture.order(
                DetachVolume(ticket: detach, server: spec.server, volume: volume.volume, attachment: volume.attachment),
                detach)
            #expect(done.failure == nil)
            #expect(driver.secrets.isEmpty)
            #expect(try await driver.guest(spec.server)?.record.spec.volumes.isEmpty == true)
        }
    }

    @Test func aGuestThatShutsItselfDownIsReported() async throws {
        let driver = FakeDriver()
        let fixture = try fixture(driver)
        try await fixture.run {
            let spec = ServerSpec.test(image: Self.rawImage)
            let build = StepTicket.test(1)
            _ = try await fixture.order(EnsureServer(ticket: build, spec: spec), build)
            driver.guestPowersOff(spec.server)
            let report = try await eventually { fixture.conductor.powers.first { $0.event == .shutdown } }
            #expect(report.powerState == .shutdown)
            #expect(report.server == spec.server)
        }
    }

    @Test func reconciliationRemovesOrphansOnly() async throws {
        let driver = FakeDriver()
        let fixture = try fixture(driver)
        try await fixture.run {
            let (kept, orphan) = (ServerSpec.test(image: Self.rawImage), ServerSpec.test(image: Self.rawImage))
            for spec in [kept, orphan] {
                let build = StepTicket.test(1)
                _ = try await fixture.order(EnsureServer(ticket: build, spec: spec), build)
            }
            fixture.conductor.setListing(
                ListServersOnHost.Reply(
                    servers: [
                        .init(server: kept.server, vmState: "stopped", taskState: nil, powerState: .shutdown)
                    ], orphans: [orphan.server]))
            try await fixture.agent.reconciliation.runOnce()
            #expect(try await driver.guests().map(\.server) == [kept.server])
            let found = try await eventually { fixture.conductor.powers.first { $0.event == .found } }
            #expect(found.server == kept.server)
            #expect(found.powerState == .running)
        }
    }

    @Test func theConsolesEndIsAnsweredByLines() async throws {
        let fixture = try fixture(FakeDriver())
        try await fixture.run {
            let spec = ServerSpec.test(image: Self.rawImage)
            let build = StepTicket.test(1)
            _ = try await fixture.order(EnsureServer(ticket: build, spec: spec), build)
            let reply = try await fixture.client.call(
                ConsoleOutput(server: spec.server, lines: 2), at: "host1", .system())
            #expect(reply.output == "ANOTHER\nLAST LINE\n")
        }
    }

    @Test func theHeartbeatTellsWhatTheHostHas() async throws {
        let fixture = try fixture(FakeDriver(vcpus: 8, memoryMiB: 4096))
        try await fixture.run {
            let report = try await fixture.agent.heartbeat(nodeID: "node").report()
            #expect(report.host == "host1")
            #expect(report.vcpus == 8)
            #expect(report.diskGiB > 0)
            #expect(report.traits.contains("COMPUTE_NET_ATTACH_INTERFACE"))
        }
    }

    @Test func aHostIsReadyOnceAConductorKnowsIt() async throws {
        let fixture = try fixture(FakeDriver())
        let heartbeat = fixture.agent.heartbeat(nodeID: "node")
        let beating = Task { try await heartbeat.run() }
        // No conductor listens.
        #expect(throws: ServiceError.self) { try heartbeat.checkKnown() }
        try await fixture.run {
            let known = try await eventually { fixture.conductor.hosts.first }
            #expect(known.report.host == "host1")
            _ = try await eventually { (try? heartbeat.checkKnown()) != nil ? true : nil }
        }
        beating.cancel()
    }

    @Test func aConfigDriveHoldsTheConductorsFiles() async throws {
        let driver = FakeDriver()
        let fixture = try fixture(driver)
        fixture.conductor.setFiles(["openstack/latest/meta_data.json": Base64.encode(Array("{}".utf8))])
        try await fixture.run {
            var spec = ServerSpec.test(image: Self.rawImage)
            spec.configDrive = true
            let build = StepTicket.test(1)
            let report = try await fixture.order(EnsureServer(ticket: build, spec: spec), build)
            #expect(report.failure == nil)
            let path = "\(fixture.agent.host.paths.instance(spec.server))/disk.config"
            let listing = try await Command("isoinfo", ["-J", "-f", "-i", path]).run()
            if listing.succeeded { #expect(listing.output.contains("/openstack/latest/meta_data.json")) }
            let bytes = try #require(try await fixture.agent.host.files.read(path, limit: 8 << 20))
            #expect(String(decoding: bytes[0x8028..<0x8030], as: UTF8.self) == "config-2")
        }
    }

    @Test func aFileOutsideTheConfigDriveIsRefused() async throws {
        let fixture = try fixture(FakeDriver())
        fixture.conductor.setFiles(["../../../etc/cron.d/x": Base64.encode(Array("x".utf8))])
        try await fixture.run {
            var spec = ServerSpec.test(image: Self.rawImage)
            spec.configDrive = true
            let build = StepTicket.test(1)
            let report = try await fixture.order(EnsureServer(ticket: build, spec: spec), build)
            #expect(report.failure?.code == "internal")
        }
    }
}
