import Core
import Database
import FoundationEssentials
import Logging
import TestSupport
import WebAPI
import Workflow

@testable import BlockStorage

/// The Block Storage API on a fresh database, with `size` of everything and of everything that hangs on it. Sagas
/// are stored and not run.
struct StorageCostWorld: Sendable {
    let size: Int
    let api: LocalAPI
    let fixture: StorageFixture
    let ids: IDGenerator
    /// A volume with `size` of all that a volume has.
    private(set) var volume: VolumeID = VolumeID("")
    private(set) var snapshot: SnapshotID = SnapshotID("")
    private(set) var attachment: AttachmentID = AttachmentID("")
    private(set) var transfer = ""
    private(set) var type = ""
    private(set) var privateType = ""

    static func run(
        _ size: Int, _ body: @escaping @Sendable (StorageCostWorld, LocalAPI) async throws -> Void
    ) async throws {
        try await StorageFixture.with(ids: .counting(), tick: .milliseconds(1)) { fixture in
            let configuration = try Configuration(text: "[quota]\nvolumes = -1\nsnapshots = -1\ngigabytes = -1\n")
            let options = try configuration.read(BlockStorageOptions.self)
            let storage = fixture.storage
            try await storage.types.ensureDefault(
                ID(storage.ids.uuid()), name: options.defaultVolumeType, now: storage.clock.now())
            let engine = SagaEngine(
                database: fixture.database, environment: storage, owner: "test",
                sagas: [
                    CreateVolume.self, DeleteVolume.self, ExtendVolume.self, CreateSnapshot.self, DeleteSnapshot.self,
                    UploadVolume.self,
                ], logger: StorageFixture.quiet, clock: storage.clock)
            let quotas = QuotaStore(
                database: fixture.database, defaults: try configuration.read(QuotaOptions.self).defaults)
            let api = BlockStorageAPI(
                volumes: VolumeOperations(
                    storage: storage, engine: engine, quotas: quotas, options: options, host: "h"),
                attachments: AttachmentOperations(
                    storage: storage, servers: FakeServers(), portal: fixture.target.address),
                options: options, host: "h")
            let local = LocalAPI(
                api.description, authenticator: SampleAuthenticator(),
                policy: try PolicyEngine(rules: VolumePolicy.all),
                logger: StorageFixture.quiet)
            try await body(try await StorageCostWorld(size, local, fixture), local)
        }
    }

    private init(_ size: Int, _ api: LocalAPI, _ fixture: StorageFixture) async throws {
        self.size = size
        self.api = api
        self.fixture = fixture
        ids = fixture.storage.ids
        for index in 0..<size {
            volume = try await full(.available)
            snapshot = try await fullSnapshot(of: volume)
            let used = try await full(.inUse)
            attachment = try await attach(used)
            transfer = try await offer().id
            _ = try await message()
            type = try await make("types", "volume_type", ["name": .string("type\(index)"), "extra_specs": specs])
            try await send("PUT", "os-quota-sets/project\(index)", ["quota_set": ["volumes": 5]])
        }
        privateType = try await make(
            "types", "volume_type", ["name": "private", "os-volume-type-access:is_public": false])
        for index in 0..<size { try await addAccess("project\(index)") }
    }

    // MARK: Making

    var specs: JSONValue { map("key") }

    /// `size` members.
    func map(_ prefix: String) -> JSONValue {
        .object(
            Dictionary(
                (0..<size).map { ("\(prefix)\($0)", "value" as JSONValue) }, uniquingKeysWith: { first, _ in first }))
    }

    /// A volume with `size` metadata and, unless it is for deleting, `size` snapshots.
    func full(_ status: VolumeStatus, snapshots: Bool = false) async throws -> VolumeID {
        let id = VolumeID(ids.uuid())
        try await fixture.insertVolume(id, status)
        try await send("POST", "volumes/\(id)/metadata", ["metadata": specs])
        if snapshots {
            for _ in 0..<size { try await fixture.insertSnapshot(SnapshotID(ids.uuid()), of: id, .available) }
        }
        return id
    }

    func fullSnapshot(of volume: VolumeID, _ status: SnapshotStatus = .available) async throws -> SnapshotID {
        let id = SnapshotID(ids.uuid())
        try await fixture.insertSnapshot(id, of: volume, status)
        try await send("POST", "snapshots/\(id)/metadata", ["metadata": specs])
        return id
    }

    /// `size` attachments of a volume; the last one's id.
    func attach(_ volume: VolumeID, _ status: AttachStatus = .attached) async throws -> AttachmentID {
        var last = AttachmentID("")
        let found = try await fixture.storage.volumes.find(volume, .everything)
        let now = fixture.storage.clock.now()
        for _ in 0..<size {
            let id = AttachmentID(ids.uuid())
            let server = ServerID(ids.uuid())
            try await fixture.database.transaction("test") { transaction in
                try AttachmentStore.insert(
                    id, of: found, instance: server, status: status, mode: "rw", device: "/dev/vdb", host: "h",
                    now: now, in: transaction)
            }
            last = id
        }
        return last
    }

    func offer() async throws -> (id: String, key: String) {
        let volume = try await full(.available, snapshots: true)
        let answer = try await send("POST", "volume-transfers", ["transfer": ["volume_id": .string(volume.rawValue)]])
        return (answer["transfer"]?["id"]?.string ?? "", answer["transfer"]?["auth_key"]?.string ?? "")
    }

    /// What went wrong with the volume, in words for its user.
    func message() async throws -> String {
        let id = UserMessageID(ids.uuid())
        try await fixture.storage.messages.add(
            .init(resource: .volume, resourceID: volume.rawValue, action: .extendVolume, detail: .extendFailed),
            id: id, saga: ids.uuid(), request: "req-test", now: fixture.storage.clock.now())
        return id.rawValue
    }

    func addAccess(_ project: String) async throws {
        try await send("POST", "types/\(privateType)/action", ["addProjectAccess": ["project": .string(project)]])
    }

    func make(_ path: String, _ member: String, _ values: [String: JSONValue]) async throws -> String {
        try await send("POST", path, [member: .object(values)])[member]?["id"]?.string ?? ""
    }

    @discardableResult
    func send(_ method: String, _ path: String, _ json: JSONValue? = nil) async throws -> JSONValue {
        let answer = try await api.send(method, "/v3/\(path)", json, version: "volume \(BlockStorageAPI.maxVersion)")
        guard answer.status < 400 else {
            throw ServiceError(
                .internal, "\(method) \(path): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))",
                cause: answer.error)
        }
        return answer.body.isEmpty ? .null : try JSONValue.parse(answer.body)
    }
}
