import ComputeModel
import ComputeStore
import Core
import Database
import FoundationEssentials
import Logging
import SchedulerModel
import TestSupport
import Testing
import Workflow

@testable import Conductor

/// Every saga of compute: each step twice, a failure at each step, each undo twice, nothing left behind.
@Suite(.enabled(if: TestServices.isDatabaseAvailable), .serialized)
struct ServerSagaTests {
    private let now = Date(timeIntervalSince1970: 1_700_000_100)
    private let givenPort = PortID("99999999-0000-0000-0000-000000000001")
    private let givenVolume = VolumeID("v0000000-0000-0000-0000-000000000001")

    private func withDatabase(_ body: (Database) async throws -> Void) async throws {
        try await TestServices.withDatabase(service: "compute", migrations: computeMigrations, body)
    }

    private func environment(_ cloud: FakeCloud, _ database: Database) -> ConductorEnvironment {
        ConductorEnvironment(
            database: database, placement: cloud, network: cloud, volumes: cloud, images: cloud, agents: cloud,
            sagas: cloud, clock: WallClock { now }, logger: Logger(label: "test"))
    }

    /// A server as compute-api makes it: two networks, one given port, one given volume.
    private func makeServer(
        _ database: Database, _ cloud: FakeCloud, state: VMState = .building, task: TaskState? = .scheduling
    ) async throws -> Server {
        var server = sampleServer(IDGenerator.random.uuid())
        server.vmState = state
        server.taskState = task
        let (row, now, port, volume) = (server, now, givenPort, givenVolume)
        cloud.change { contents in
            contents.ports[port] = .init(network: NetworkID("given"))
            contents.volumes.insert(volume)
        }
        try await database.transaction("make-server") { transaction in
            try ServerStore.insert(row, in: transaction)
            var ours = ServerInterface(id: IDGenerator.random.uuid(), server: row.id, position: 0)
            ours.network = NetworkID("net")
            try ServerInterfaceStore.insert(ours, at: now, in: transaction)
            // Ports are unique over all servers, so each test server takes the given one over.
            try transaction.execute("DELETE FROM server_interfaces WHERE port_id = \(port)")
            var given = ServerInterface(id: IDGenerator.random.uuid(), server: row.id, position: 1)
            given.network = NetworkID("given")
            given.port = port
            given.isPortOurs = false
            try ServerInterfaceStore.insert(given, at: now, in: transaction)
            var disk = BlockDevice(
                id: IDGenerator.random.uuid(), server: row.id, source: .volume, destination: .volume)
            disk.volume = volume
            try BlockDeviceStore.insert(disk, at: now, in: transaction)
            var made = BlockDevice(
                id: IDGenerator.random.uuid(), server: row.id, source: .blank, destination: .volume)
            made.volumeGiB = 1
            try BlockDeviceStore.insert(made, at: now, in: transaction)
        }
        return server
    }

    private func builtServer(_ database: Database, _ cloud: FakeCloud) async throws -> Server {
        let server = try await makeServer(database, cloud)
        let env = environment(cloud, database)
        var state = BuildServerState(server: server.id, order: 1)
        for step in BuildServer.steps {
            try await step.run(&state, env, run())
            try await step.finish?(&state, env, run(report: Self.report(step.name, placed)))
        }
        return try #require(try await ServerStore.find(server.id, in: database))
    }

    private func run(report: JSONValue? = nil) -> SagaRun {
        SagaRun(id: "s1", generation: 1, context: RequestContext(requestID: "req-1"), report: report)
    }

    private let placed: JSONValue = [
        "powerState": 1, "instanceName": "instance-1", "rootDevice": "/dev/vda", "volumeDevices": [:],
    ]

    private static func report(_ step: String, _ placed: JSONValue) -> JSONValue? {
        switch step {
        case "spawn": placed
        case "power": ["powerState": 4]
        case "attach": ["device": "/dev/vdb"]
        case "snapshot": ["sizeBytes": 1]
        default: nil
        }
    }

    // MARK: Build

    @Test func aBuildIsRepeatableAndLeavesNothingWhenItFails() async throws {
        try await withDatabase { database in
            let cloud = Locked(FakeCloud())
            let id = Locked(ServerID(""))
            try await SagaHarness(
                BuildServer.self,
                prepare: {
                    let fresh = FakeCloud()
                    let server = try await makeServer(database, fresh)
                    cloud.withLock { $0 = fresh }
                    id.withLock { $0 = server.id }
                    return .init(
                        environment: environment(fresh, database), state: BuildServerState(server: server.id, order: 1))
                },
                report: { step, _ in Self.report(step, placed) },
                done: { _ in
                    let contents = cloud.withLock { $0 }.now
                    let server = try #require(try await ServerStore.find(id.withLock { $0 }, in: database))
                    #expect(server.vmState == .active && server.taskState == nil && server.host == "h1")
                    #expect(server.networkInfo.count == 2)
                    #expect(contents.claims.count == 1 && contents.ports.count == 2 && contents.attachments.count == 2)
                    #expect(contents.volumes.count == 2 && contents.domains.count == 1)
                },
                nothingLeft: { _ in
                    let contents = cloud.withLock { $0 }.now
                    let server = try #require(try await ServerStore.find(id.withLock { $0 }, in: database))
                    #expect(server.vmState == .error || server.vmState == .active)
                    #expect(contents.claims.isEmpty && contents.domains.isEmpty && contents.attachments.isEmpty)
                    #expect(contents.ports.count == 1 && contents.ports[givenPort]?.server == nil)
                    #expect(contents.volumes == [givenVolume])
                    #expect(!contents.endedWhileConnected)
                }
            ).runAll()
        }
    }

    @Test func whatWasMadeAndNeverNotedIsFoundWhenTheBuildIsUndone() async throws {
        try await withDatabase { database in
            let cloud = FakeCloud()
            let server = try await makeServer(database, cloud)
            let env = environment(cloud, database)
            var state = BuildServerState(server: server.id, order: 1)
            let step = try #require(BuildServer.steps.first { $0.name == "volumes" })
            for _ in try await BlockDeviceStore.list(of: [server.id], in: database) {
                // A volume, or an attachment, is made; then the conductor dies. The next one gets a step further.
                cloud.change { $0.losesAnswers = true }
                await #expect(throws: ServiceError.self) { try await step.run(&state, env, run()) }
                for _ in 1...2 { try await step.undo?(&state, env, run()) }
                #expect(cloud.now.attachments.isEmpty)
                #expect(cloud.now.volumes == [givenVolume])
                // The first disk is past that now.
                cloud.change { $0.losesAnswers = false }
                let first = try await BlockDeviceStore.list(of: [server.id], in: database).first
                if let first { try await database.execute("DELETE FROM block_devices WHERE id = \(first.id)") }
            }
        }
    }

    @Test func noValidHostSaysWhichFilterRemovedHowMany() async throws {
        try await withDatabase { database in
            let cloud = FakeCloud()
            let server = try await makeServer(database, cloud)
            cloud.change {
                $0.noValidHost = Selection(
                    server: server.id, host: nil, considered: 3,
                    filters: [FilterReason(name: "RamFilter", removed: 3, hint: "at most 512 MEMORY_MB would fit")])
            }
            let env = environment(cloud, database)
            var state = BuildServerState(server: server.id, order: 1)
            try await BuildServer.steps[0].run(&state, env, run())
            do {
                try await BuildServer.steps[1].run(&state, env, run())
                Issue.record("a host was found")
            } catch {
                let failed = SagaRun(
                    id: "s1", generation: 1, context: RequestContext(requestID: "req-1"),
                    failure: SagaFailure(step: "claim", error))
                try await BuildServer.steps[1].undo?(&state, env, failed)
                try await BuildServer.steps[0].undo?(&state, env, failed)
            }
            let fault = try #require(try await ServerStore.fault(of: server.id, in: database)).0
            #expect(fault.message.contains("RamFilter removed 3 (at most 512 MEMORY_MB would fit)"))
            #expect(fault.code == 500)
        }
    }

    @Test func aBuildStopsWhenItsServerIsBeingDeleted() async throws {
        try await withDatabase { database in
            let cloud = FakeCloud()
            let server = try await makeServer(database, cloud, task: .deleting)
            let env = environment(cloud, database)
            var state = BuildServerState(server: server.id, order: 1)
            for index in 1..<BuildServer.steps.count {
                await #expect(throws: ServiceError.self) {
                    let step = BuildServer.steps[index]
                    if let finish = step.finish, step.name == "plugged" {
                        try await finish(&state, env, run())
                    } else {
                        try await step.run(&state, env, run())
                    }
                }
            }
            #expect(cloud.now.domains.isEmpty && cloud.now.claims.isEmpty)
        }
    }

    // MARK: Delete

    @Test func aDeleteIsRepeatableAndLeavesNothing() async throws {
        try await withDatabase { database in
            let cloud = Locked(FakeCloud())
            let id = Locked(ServerID(""))
            let expectGone: () async throws -> Void = {
                let contents = cloud.withLock { $0 }.now
                let server = try #require(try await ServerStore.find(id.withLock { $0 }, in: database))
                #expect(server.vmState == .deleted && server.deletedAt != nil)
                #expect(contents.claims.isEmpty && contents.domains.isEmpty && contents.attachments.isEmpty)
                #expect(contents.ports.count == 1 && contents.ports[givenPort]?.server == nil)
                #expect(!contents.endedWhileConnected)
            }
            try await SagaHarness(
                DeleteServer.self,
                prepare: {
                    let fresh = FakeCloud()
                    let server = try await builtServer(database, fresh)
                    try await database.execute("UPDATE servers SET task_state = 'deleting' WHERE id = \(server.id)")
                    cloud.withLock { $0 = fresh }
                    id.withLock { $0 = server.id }
                    return .init(
                        environment: environment(fresh, database), state: DeleteServerState(server: server.id, order: 9)
                    )
                },
                done: { _ in try await expectGone() },
                nothingLeft: { env in
                    // What could not be deleted can be deleted again, and then nothing is left.
                    let server = id.withLock { $0 }
                    try await database.execute(
                        "UPDATE servers SET task_state = 'deleting' WHERE id = \(server) AND deleted_at IS NULL")
                    var state = DeleteServerState(server: server, order: 10)
                    for step in DeleteServer.steps { try await step.run(&state, env, run()) }
                    try await expectGone()
                }
            ).runAll()
        }
    }

    // MARK: The others

    @Test func aPowerActionIsRepeatableAndReturnsWhenItFails() async throws {
        try await withDatabase { database in
            let id = Locked(ServerID(""))
            try await SagaHarness(
                PowerServerSaga.self,
                prepare: {
                    let cloud = FakeCloud()
                    let server = try await builtServer(database, cloud)
                    try await database.execute("UPDATE servers SET task_state = 'powering-off' WHERE id = \(server.id)")
                    id.withLock { $0 = server.id }
                    return .init(
                        environment: environment(cloud, database),
                        state: PowerServerState(server: server.id, order: 2, action: .stop, before: .active))
                },
                report: { step, _ in Self.report(step, placed) },
                done: { _ in
                    let server = try #require(try await ServerStore.find(id.withLock { $0 }, in: database))
                    #expect(server.vmState == .stopped && server.powerState == .shutdown && server.taskState == nil)
                },
                nothingLeft: { _ in
                    let server = try #require(try await ServerStore.find(id.withLock { $0 }, in: database))
                    #expect(server.taskState == nil)
                }
            ).runAll()
        }
    }

    private func extraVolume(_ database: Database, _ cloud: FakeCloud, _ server: Server) async throws -> BlockDevice {
        var device = BlockDevice(
            id: IDGenerator.random.uuid(), server: server.id, source: .volume, destination: .volume)
        let volume = VolumeID(IDGenerator.random.uuid())
        device.volume = volume
        let (row, now) = (device, now)
        cloud.change { _ = $0.volumes.insert(volume) }
        try await database.transaction("add") { try BlockDeviceStore.insert(row, at: now, in: $0) }
        return device
    }

    @Test func anAttachmentEndsOnlyAfterTheHostHasLetGo() async throws {
        try await withDatabase { database in
            let cloud = Locked(FakeCloud())
            let device = Locked("")
            try await SagaHarness(
                AttachVolumeSaga.self,
                prepare: {
                    let fresh = FakeCloud()
                    let server = try await builtServer(database, fresh)
                    let disk = try await extraVolume(database, fresh, server)
                    cloud.withLock { $0 = fresh }
                    device.withLock { $0 = disk.id }
                    try await database.execute("DELETE FROM sagas")
                    return .init(
                        environment: environment(fresh, database),
                        state: AttachVolumeState(
                            server: server.id, order: 3, volume: try #require(disk.volume), device: disk.id))
                },
                report: { step, _ in Self.report(step, placed) },
                done: { _ in
                    let disk = try #require(
                        try await BlockDeviceStore.find(device.withLock { $0 }, in: database))
                    #expect(disk.state == .attached && disk.deviceName == "/dev/vdb" && disk.attachment != nil)
                },
                nothingLeft: { env in
                    try await runStartedDetaches(database, env)
                    let contents = cloud.withLock { $0 }.now
                    let founddevice = try await BlockDeviceStore.find(device.withLock { $0 }, in: database)
                    #expect(founddevice == nil)
                    #expect(contents.attachments.count == 2 && contents.connected.count == 2)
                    #expect(!contents.endedWhileConnected)
                }
            ).runAll()
        }
    }

    /// Does what the engine would do with the detach that an undo has started: at most one.
    private func runStartedDetaches(_ database: Database, _ env: ConductorEnvironment) async throws {
        let rows = try await database.query("SELECT state FROM sagas WHERE name = 'detach-volume'")
        #expect(rows.count <= 1)
        for row in rows {
            let json: JSONValue = try row.get("state")
            var state = try json.decode(DetachVolumeState.self)
            for step in DetachVolumeSaga.steps { try await step.run(&state, env, run()) }
        }
    }

    @Test func aDetachIsRepeatableAndMayBeTriedAgain() async throws {
        try await withDatabase { database in
            let cloud = Locked(FakeCloud())
            let device = Locked("")
            try await SagaHarness(
                DetachVolumeSaga.self,
                prepare: {
                    let fresh = FakeCloud()
                    let server = try await builtServer(database, fresh)
                    let disks = try await BlockDeviceStore.list(of: [server.id], in: database)
                    let disk = try #require(disks.first { $0.volume == givenVolume })
                    cloud.withLock { $0 = fresh }
                    device.withLock { $0 = disk.id }
                    return .init(
                        environment: environment(fresh, database),
                        state: DetachVolumeState(
                            server: server.id, order: 3, volume: givenVolume, device: disk.id,
                            attachment: try #require(disk.attachment)))
                },
                done: { _ in
                    let founddevice = try await BlockDeviceStore.find(device.withLock { $0 }, in: database)
                    #expect(founddevice == nil)
                    let contents = cloud.withLock { $0 }.now
                    #expect(!contents.connected.contains(givenVolume) && contents.attachments.count == 1)
                    #expect(!contents.endedWhileConnected)
                },
                nothingLeft: { _ in
                    let disk = try await BlockDeviceStore.find(device.withLock { $0 }, in: database)
                    #expect(disk == nil || disk?.state == .attached)
                }
            ).runAll()
        }
    }

    @Test func anInterfaceComesAndGoesWithItsPort() async throws {
        try await withDatabase { database in
            let cloud = Locked(FakeCloud())
            let id = Locked("")
            func prepared() async throws -> (FakeCloud, Server, String) {
                let fresh = FakeCloud()
                let server = try await builtServer(database, fresh)
                var interface = ServerInterface(id: IDGenerator.random.uuid(), server: server.id, position: 2)
                interface.network = NetworkID("more")
                let (row, now) = (interface, now)
                try await database.transaction("add") { try ServerInterfaceStore.insert(row, at: now, in: $0) }
                cloud.withLock { $0 = fresh }
                id.withLock { $0 = row.id }
                return (fresh, server, row.id)
            }
            try await SagaHarness(
                AttachInterfaceSaga.self,
                prepare: {
                    let (fresh, server, interface) = try await prepared()
                    return .init(
                        environment: environment(fresh, database),
                        state: AttachInterfaceState(server: server.id, order: 4, interface: interface))
                },
                done: { _ in
                    let contents = cloud.withLock { $0 }.now
                    #expect(contents.ports.count == 3 && contents.plugged.count == 3)
                },
                nothingLeft: { _ in
                    let contents = cloud.withLock { $0 }.now
                    #expect(contents.ports.count == 2 && contents.plugged.count == 2)
                    let foundid = try await ServerInterfaceStore.find(id.withLock { $0 }, in: database)
                    #expect(foundid == nil)
                }
            ).runAll()
            try await SagaHarness(
                DetachInterfaceSaga.self,
                prepare: {
                    let (fresh, server, interface) = try await prepared()
                    let env = environment(fresh, database)
                    var attach = AttachInterfaceState(server: server.id, order: 4, interface: interface)
                    for step in AttachInterfaceSaga.steps {
                        try await step.run(&attach, env, run())
                        try await step.finish?(&attach, env, run())
                    }
                    let port = try #require(try await ServerInterfaceStore.find(interface, in: database)?.port)
                    return .init(
                        environment: env,
                        state: DetachInterfaceState(server: server.id, order: 5, interface: interface, port: port))
                },
                done: { _ in
                    let contents = cloud.withLock { $0 }.now
                    #expect(contents.ports.count == 2 && contents.plugged.count == 2)
                },
                nothingLeft: { _ in
                    let row = try await ServerInterfaceStore.find(id.withLock { $0 }, in: database)
                    #expect(row == nil || row?.state == .attached)
                }
            ).runAll()
        }
    }

    @Test func aSnapshotThatFailsLeavesNoImage() async throws {
        try await withDatabase { database in
            let cloud = Locked(FakeCloud())
            let id = Locked(ServerID(""))
            let image = ImageID("i1")
            try await SagaHarness(
                SnapshotServerSaga.self,
                prepare: {
                    let fresh = FakeCloud()
                    let server = try await builtServer(database, fresh)
                    fresh.change { _ = $0.images.insert(image) }
                    try await database.execute(
                        "UPDATE servers SET task_state = 'image_snapshot_pending' WHERE id = \(server.id)")
                    cloud.withLock { $0 = fresh }
                    id.withLock { $0 = server.id }
                    return .init(
                        environment: environment(fresh, database),
                        state: SnapshotServerState(server: server.id, order: 6, image: image))
                },
                report: { step, _ in Self.report(step, placed) },
                done: { _ in
                    #expect(cloud.withLock { $0 }.now.images == [image])
                    let foundid = try await ServerStore.find(id.withLock { $0 }, in: database)
                    #expect(foundid?.taskState == nil)
                },
                nothingLeft: { _ in
                    #expect(cloud.withLock { $0 }.now.images.isEmpty)
                    let foundid = try await ServerStore.find(id.withLock { $0 }, in: database)
                    #expect(foundid?.taskState == nil)
                }
            ).runAll()
        }
    }
}
