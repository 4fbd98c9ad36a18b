import Core
import Database
import TestSupport
import Testing
import Workflow

@testable import BlockStorage

/// Users are told why what they asked for is in `error`.
@Suite(.serialized, .enabled(if: StorageFixture.isAvailable))
struct UserMessageTests {
    private let volume: VolumeID = ID("11111111-1111-4111-8111-111111111111")
    private let image: ImageID = ID("33333333-3333-4333-8333-333333333333")
    private let newest = ListPage(limit: 10, offset: 0, marker: nil, sort: [])

    private func make(_ state: CreateVolume.State, _ fixture: StorageFixture) async throws {
        let engine = SagaEngine(
            database: fixture.database, environment: fixture.storage, owner: "test", sagas: [CreateVolume.self],
            logger: StorageFixture.quiet, clock: fixture.time.clock)
        try await fixture.database.transaction("start") {
            try SagaStarter.start(
                CreateVolume.self, id: "saga", subject: state.volume.rawValue, state: state,
                context: StorageFixture.context, in: $0)
        }
        // The database stamped it by its own clock, which may be well ahead of ours on a busy machine.
        fixture.time.advance(by: .seconds(300))
        try await engine.runDue()
    }

    @Test func aVolumeOfATypeThatNoBackendMeetsIsInErrorAndSaysWhy() async throws {
        try await StorageFixture.with { fixture in
            let type: VolumeTypeID = ID("44444444-4444-4444-8444-444444444444")
            try await fixture.storage.types.create(
                type, name: "bogus", description: nil, isPublic: true, extraSpecs: ["storage_protocol": "bogus"],
                now: fixture.time.clock.now())
            try await fixture.insertVolume(volume, .creating)
            try await fixture.database.execute("UPDATE volumes SET volume_type_id = \(type) WHERE id = \(volume)")
            try await make(.init(volume: volume, sizeGiB: 1), fixture)
            #expect(try await fixture.status(volume) == .error)
            #expect(try fixture.size(volume) == nil)

            let messages = try await fixture.storage.messages.list(.project(ID("p")), newest, filters: [:]).items
            let message = try #require(messages.first)
            #expect(messages.count == 1)
            #expect(message.eventID == "VOLUME_VOLUME_001_003")
            #expect(message.text == "schedule allocate volume:Could not find any available weighted backend.")
            #expect(message.resourceID == volume.rawValue && message.requestID == "req-test")
            #expect(try await fixture.storage.messages.list(.project(ID("other")), newest, filters: [:]).items.isEmpty)
            await #expect(throws: ServiceError.self) {
                _ = try await fixture.storage.messages.find(message.id, .project(ID("other")))
            }
            fixture.time.advance(by: .seconds(31 * 24 * 3600))
            #expect(try await fixture.storage.messages.purge(now: fixture.time.clock.now()) == 1)
        }
    }

    @Test func anImageThatIsLargerThanItsVolumeIsToldOf() async throws {
        try await StorageFixture.with { fixture in
            var huge = [UInt8](repeating: 0, count: 65_536)
            huge.replaceSubrange(0..<4, with: [0x51, 0x46, 0x49, 0xFB])
            huge[7] = 3
            huge[26] = 0x7F
            fixture.images.add(image, format: "qcow2", data: huge)
            try await fixture.insertVolume(volume, .creating)
            try await make(.init(volume: volume, sizeGiB: 1, image: image), fixture)
            let filters = ["resource_uuid": volume.rawValue, "event_id": "VOLUME_VOLUME_005_007"]
            #expect(try await fixture.storage.messages.list(.everything, newest, filters: filters).items.count == 1)
            let others = ["resource_type": "VOLUME_SNAPSHOT"]
            #expect(try await fixture.storage.messages.list(.everything, newest, filters: others).items.isEmpty)
        }
    }
}

struct BackendCapabilityTests {
    private let backend = BackendCapabilities(backend: "file")

    @Test func aTypesExtraSpecsAreComparedAsCinderDoes() {
        #expect(backend.unmet([:]) == nil)
        #expect(backend.unmet(["storage_protocol": "iSCSI", "vendor_name": "Open Source"]) == nil)
        #expect(backend.unmet(["multiattach": "<is> True", "capabilities:volume_backend_name": "file"]) == nil)
        #expect(backend.unmet(["volume_backend_name": "<or> lvm <or> file"]) == nil)
        #expect(backend.unmet(["driver:anything": "at all"]) == nil)
        #expect(backend.unmet(["storage_protocol": "FC"]) == "storage_protocol")
        #expect(backend.unmet(["vendor_name": "<in> Closed"]) == "vendor_name")
        #expect(backend.unmet(["spec": "unheard of"]) == "spec")
    }
}
