import Core
import Database
import TestSupport
import Testing
import Workflow

@testable import BlockStorage

@Suite(.serialized, .enabled(if: StorageFixture.isAvailable))
struct AttachmentTests {
    private let volume: VolumeID = ID("11111111-1111-4111-8111-111111111111")
    private let server: ServerID = ID("44444444-4444-4444-8444-444444444444")
    private let connector: JSONValue = ["initiator": "iqn.2024-01.test:host", "host": "h", "ip": "127.0.0.1"]

    private func operations(_ fixture: StorageFixture, _ servers: FakeServers = FakeServers()) -> AttachmentOperations {
        AttachmentOperations(storage: fixture.storage, servers: servers, portal: nil)
    }

    private func attached(_ fixture: StorageFixture) async throws -> BlockStorage.Attachment {
        try await fixture.insertVolume(volume, .available)
        try await fixture.storage.backend.create(volume, sizeGiB: 1, content: .empty)
        let found = try await fixture.storage.volumes.find(volume, .everything)
        let operations = operations(fixture)
        let reserved = try await operations.create(found, instance: server, connector: nil, mode: nil)
        #expect(try await fixture.status(volume) == .reserved)
        #expect(try await fixture.storage.targets.exported() == [])
        let connected = try await operations.connect(reserved, connector)
        #expect(try await fixture.status(volume) == .attaching)
        #expect(try await fixture.storage.targets.exported() == [volume])
        try await operations.complete(connected)
        #expect(try await fixture.status(volume) == .inUse)
        return try await fixture.storage.attachments.find(reserved.id, .everything)
    }

    @Test func onlyWhoHasThePasswordReachesTheBlocks() async throws {
        try await StorageFixture.with { fixture in
            let attachment = try await attached(fixture)
            let info = try await operations(fixture).connectionInfo(attachment)
            let user = try #require(info["auth_username"]?.string)
            let password = try #require(info["auth_password"]?.string)
            #expect(info["target_portal"]?.string == fixture.target.address)
            let place = "\(fixture.target.address)/\(ISCSITargets.name(of: volume))/1"
            func read(_ credentials: String) async throws -> Bool {
                try await Command(
                    "qemu-io", ["-f", "raw", "-c", "read 0 4096", "iscsi://\(credentials)\(place)"]
                ).run().succeeded
            }
            #expect(try await read("\(user)%\(password)@"))
            #expect(try await !read("\(user)%wrongwrongwrong1@"))
            #expect(try await !read(""))
        }
    }

    /// Whoever is on the machine can read the arguments of every process.
    @Test func noProgramIsGivenThePasswordAsAnArgument() async throws {
        try await StorageFixture.with { fixture in
            let account = ISCSIAccount(user: "0123456789abcdef", password: "swordfish-secret")
            let seen = Locked<[[String]]>([])
            let targets = ISCSITargets(controlPort: fixture.target.controlPort, logger: StorageFixture.quiet) {
                arguments in seen.withLock { $0.append(arguments) }
            }
            try await fixture.storage.backend.create(volume, sizeGiB: 1, content: .empty)
            let path = fixture.storage.backend.path(of: volume)
            for _ in 1...2 { try await targets.ensure(volume, path: path, accounts: [account]) }
            #expect(try await targets.exported() == [volume])
            let arguments = seen.withLock { $0 }
            #expect(arguments.contains { $0.contains("bind") && $0.contains(account.user) })
            #expect(!arguments.joined().contains { $0.contains(account.password) })
        }
    }

    /// CVE-2023-2088.
    @Test func aUserCannotDeleteTheAttachmentOfALiveServer() async throws {
        try await StorageFixture.with { fixture in
            let attachment = try await attached(fixture)
            let user = StorageFixture.context
            let live = operations(fixture, FakeServers(attachments: [volume: attachment.id]))
            let error = await #expect(throws: ServiceError.self) { try await live.delete(attachment, context: user) }
            #expect(error?.code == .conflict)
            let found = try await fixture.storage.volumes.find(volume, .everything)
            await #expect(throws: ServiceError.self) {
                try await live.detach(found, attachment.id, force: false, context: user)
            }
            #expect(try await fixture.storage.targets.exported() == [volume])
            var service = user
            service.serviceRoles = ["service"]
            #expect(try await live.delete(attachment, context: service).isEmpty)
            #expect(try await fixture.status(volume) == .available)
            #expect(try await fixture.storage.targets.exported() == [])
        }
    }

    @Test func anAttachmentThatComputeDoesNotKnowCanBeDeletedByItsUser() async throws {
        try await StorageFixture.with { fixture in
            let attachment = try await attached(fixture)
            _ = try await operations(fixture).delete(attachment, context: StorageFixture.context)
            #expect(try await fixture.status(volume) == .available)
        }
    }

    @Test func aVolumeInUseIsNotReservedAgainExceptByItsOwnServer() async throws {
        try await StorageFixture.with { fixture in
            _ = try await attached(fixture)
            let found = try await fixture.storage.volumes.find(volume, .everything)
            let operations = operations(fixture)
            await #expect(throws: ServiceError.self) {
                try await operations.create(found, instance: ID("other"), connector: nil, mode: nil)
            }
            let second = try await operations.create(found, instance: server, connector: nil, mode: nil)
            #expect(second.status == .reserved)
            #expect(try await fixture.status(volume) == .inUse)
        }
    }

    @Test func exportsComeBackAfterARestartOfTheTargetAndStrayOnesGo() async throws {
        try await StorageFixture.with { fixture in
            _ = try await attached(fixture)
            await fixture.target.stop()
            try await fixture.target.start()
            #expect(try await fixture.storage.targets.exported() == [])
            let stray: VolumeID = ID("55555555-5555-4555-8555-555555555555")
            try await fixture.storage.backend.create(stray, sizeGiB: 1, content: .empty)
            try await fixture.storage.targets.ensure(
                stray, path: fixture.storage.backend.path(of: stray),
                accounts: [ISCSIAccount(user: "u", password: "passwordpassword")])
            try await Exports(storage: fixture.storage).reconcile(service: operations(fixture))
            #expect(try await fixture.storage.targets.exported() == [volume])
        }
    }

    @Test func aRemovalThatACrashBrokeOffIsEndedByTheReconciler() async throws {
        try await StorageFixture.with { fixture in
            let attachment = try await attached(fixture)
            try await fixture.database.execute(
                """
                UPDATE attachments SET status = 'detaching', updated_at = \(fixture.time.clock.now())
                WHERE id = \(attachment.id)
                """)
            fixture.time.advance(by: .seconds(120))
            try await Exports(storage: fixture.storage).reconcile(service: operations(fixture))
            #expect(try await fixture.status(volume) == .available)
            #expect(try await fixture.storage.targets.exported() == [])
        }
    }

    @Test func parallelCreatesNeverExceedTheQuota() async throws {
        try await StorageFixture.with { fixture in
            let quotas = QuotaStore(database: fixture.database, defaults: [.volumes: 5, .gigabytes: 1000])
            let storage = fixture.storage
            let made = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<30 {
                    group.addTask {
                        let id: VolumeID = storage.ids.id()
                        let now = storage.clock.now()
                        do {
                            try await storage.database.transaction("race") { transaction in
                                let quota = try quotas.locked(ID("p"), in: transaction)
                                try quota.check(volumes: 1, gigabytes: 1, volumeSize: 1)
                                try VolumeStore.insert(
                                    .init(
                                        id: id, projectID: ID("p"), sizeGiB: 1, status: .creating,
                                        availabilityZone: "nova", host: "h", isBootable: false, isMultiattach: false,
                                        metadata: [:], imageMetadata: [:]),
                                    now: now, in: transaction)
                            }
                            made.add()
                        } catch let error as ServiceError where error.code == .overQuota {
                            // As it should be, past the fifth.
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(made.value == 5)
            #expect(try await quotas.quota(ID("p")).used(.volumes) == 5)
        }
    }
}
