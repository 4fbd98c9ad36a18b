import Core
import Database
import FoundationEssentials
import Glibc
import Logging
import NIOCore
import TestSupport
import Workflow

@testable import BlockStorage

/// Block storage on a fresh database, a fresh folder and a tgtd of its own.
struct StorageFixture: Sendable {
    static let isAvailable =
        TestServices.isDatabaseAvailable && geteuid() == 0 && access("/usr/sbin/tgtd", X_OK) == 0

    let database: Database
    let storage: StorageEnvironment
    let images: FakeImages
    let folder: String
    let time: ManualClock
    let target: TargetProcess

    /// - Parameter tick: how far each look at the clock moves it.
    static func with(
        ids: IDGenerator = .random, tick: Duration = .zero, _ body: (StorageFixture) async throws -> Void
    ) async throws {
        let folder = "/tmp/\(TestServices.uniqueName())"
        let target = TargetProcess()
        try await target.start()
        do {
            try await TestServices.withDatabase(service: "block-storage", migrations: blockStorageMigrations) {
                database in
                try await body(
                    StorageFixture(database: database, folder: folder, target: target, ids: ids, tick: tick))
            }
        } catch {
            await target.stop()
            throw error
        }
        await target.stop()
        try await Command("rm", ["-r", "-f", "--", folder]).checked()
    }

    private init(
        database: Database, folder: String, target: TargetProcess, ids: IDGenerator, tick: Duration
    ) throws {
        self.database = database
        self.folder = folder
        self.target = target
        images = FakeImages()
        time = ManualClock(tick: tick)
        let files = BlockingPool(name: "test-files", threads: 2, maxQueue: 64)
        storage = StorageEnvironment(
            database: database,
            backend: try FileBackend(folder: folder, copyTimeout: .seconds(30), files: files),
            targets: ISCSITargets(controlPort: target.controlPort, logger: Self.quiet), images: images,
            conversion: ImageConversion(timeout: .seconds(60), memoryBytes: 4 << 30), files: files,
            chap: ChapKey(bytes: [UInt8](repeating: 7, count: 32)), clock: time.clock, ids: ids,
            logger: Self.quiet)
    }

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    static let context = RequestContext(
        requestID: "req-test", userID: ID("u"), projectID: ID("p"), roles: ["member", "reader"])

    // MARK: Rows

    func insertVolume(
        _ id: VolumeID, _ status: VolumeStatus, sizeGiB: Int = 1, project: ProjectID = ID("p")
    ) async throws {
        let new = VolumeStore.New(
            id: id, projectID: project, sizeGiB: sizeGiB, status: status, availabilityZone: "nova", host: "h@file#file",
            isBootable: false, isMultiattach: false, metadata: [:], imageMetadata: [:])
        let now = time.clock.now()
        try await database.transaction("test") { try VolumeStore.insert(new, now: now, in: $0) }
    }

    func insertSnapshot(_ id: SnapshotID, of volume: VolumeID, _ status: SnapshotStatus) async throws {
        let found = try await storage.volumes.find(volume, .everything)
        let now = time.clock.now()
        try await database.transaction("test") { transaction in
            try SnapshotStore.insert(
                id, of: found, name: nil, description: nil, metadata: [:], userID: nil, now: now, in: transaction)
            try transaction.execute("UPDATE snapshots SET status = \(status) WHERE id = \(id)")
        }
    }

    func status(_ id: VolumeID) async throws -> VolumeStatus? {
        try await database.first("SELECT status FROM volumes WHERE id = \(id) AND deleted_at IS NULL")?.get("status")
    }

    func status(_ id: SnapshotID) async throws -> SnapshotStatus? {
        try await database.first("SELECT status FROM snapshots WHERE id = \(id) AND deleted_at IS NULL")?.get("status")
    }

    func size(_ id: VolumeID) throws -> Int? { try File.size(storage.backend.path(of: id)) }
    func snapshotSize(_ id: SnapshotID) throws -> Int? { try File.size("\(folder)/snapshots/snapshot-\(id)") }

    /// Half-made files.
    func leftovers() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "\(folder)/incoming").count
    }
}

/// A tgtd of a test's own.
final class TargetProcess: Sendable {
    let controlPort = Int.random(in: 300...30_000)
    private let portal = "127.0.0.1:\(Int.random(in: 40_000...60_000))"
    private let running = Locked<Task<Void, Never>?>(nil)

    var address: String { portal }

    func start() async throws {
        let arguments = ["-f", "-C", "\(controlPort)", "--iscsi", "portal=\(portal)"]
        let task = Task {
            var command = Command("tgtd", arguments)
            command.timeout = .seconds(600)
            do {
                _ = try await command.run()
            } catch {
                // Ended by stop.
            }
        }
        running.withLock { $0 = task }
        let targets = ISCSITargets(controlPort: controlPort, logger: StorageFixture.quiet)
        let end = ContinuousClock.now + .seconds(20)
        while true {
            do {
                _ = try await targets.exported()
                return
            } catch {
                guard ContinuousClock.now < end else { throw error }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    func stop() async {
        let task = running.withLock { task in
            defer { task = nil }
            return task
        }
        task?.cancel()
        await task?.value
    }
}

/// Images in memory.
final class FakeImages: ImageService {
    struct Stored {
        var image: SourceImage
        var data: [UInt8]
    }

    private let stored = Locked<[ImageID: Stored]>([:])

    func add(_ id: ImageID, format: String, data: [UInt8], hash: String? = nil) {
        let image = SourceImage(
            id: id, name: "image", status: "active", diskFormat: format, containerFormat: "bare", sizeBytes: data.count,
            minDiskGiB: 0, hash: hash.map { ("sha512", $0) }, volumeMetadata: ["image_id": id.rawValue])
        stored.withLock { $0[id] = Stored(image: image, data: data) }
    }

    var ids: Set<ImageID> { stored.withLock { Set($0.keys) } }
    func data(_ id: ImageID) -> [UInt8]? { stored.withLock { $0[id]?.data } }

    func find(_ reference: String, context: RequestContext) async throws -> SourceImage {
        guard let found = stored.withLock({ $0[ID(reference)]?.image }) else {
            throw ServiceError(.badRequest, "no such image")
        }
        return found
    }

    func download(
        _ id: ImageID, context: RequestContext, write: @escaping @Sendable (ByteBuffer) async throws -> Void
    ) async throws {
        let data = self.data(id) ?? []
        var start = 0
        while start < data.count {
            let end = min(start + 65_536, data.count)
            try await write(ByteBuffer(bytes: data[start..<end]))
            start = end
        }
    }

    func create(_ id: ImageID, _ record: JSONValue, context: RequestContext) async throws {
        if data(id) == nil { add(id, format: record["disk_format"]?.string ?? "", data: []) }
    }

    func upload(
        _ id: ImageID, size: Int, context: RequestContext, read: @escaping @Sendable () async throws -> ByteBuffer?
    ) async throws {
        var count = 0
        while let part = try await read() { count += part.readableBytes }
        guard count == size else { throw ServiceError(.badRequest, "\(count) of \(size) bytes") }
        stored.withLock { $0[id]?.data = Array("uploaded".utf8) }
    }

    func delete(_ id: ImageID, context: RequestContext) async throws { stored.withLock { $0[id] = nil } }
}

/// Compute, as far as attachments ask it.
struct FakeServers: ServerAttachments {
    var attachments: [VolumeID: AttachmentID] = [:]

    func attachment(of volume: VolumeID, to server: ServerID, context: RequestContext) async throws -> AttachmentID? {
        attachments[volume]
    }
}
