import Core
import Database
import TestSupport
import Testing
import Workflow

@testable import BlockStorage

/// Every saga of block storage in the harness: each step twice, a failure at each, each undo twice.
@Suite(.serialized, .enabled(if: StorageFixture.isAvailable))
struct SagaTests {
    private let volume: VolumeID = ID("11111111-1111-4111-8111-111111111111")
    private let snapshot: SnapshotID = ID("22222222-2222-4222-8222-222222222222")
    private let image: ImageID = ID("33333333-3333-4333-8333-333333333333")

    private func clean(_ fixture: StorageFixture) async throws {
        for table in ["volumes", "snapshots", "attachments"] {
            switch table {
            case "volumes": try await fixture.database.execute("DELETE FROM volumes")
            case "snapshots": try await fixture.database.execute("DELETE FROM snapshots")
            default: try await fixture.database.execute("DELETE FROM attachments")
            }
        }
        try await fixture.storage.backend.delete(volume)
        try await fixture.storage.backend.deleteSnapshot(snapshot)
        try await fixture.storage.targets.remove(volume)
    }

    @Test func creatingAnEmptyVolume() async throws {
        try await StorageFixture.with { fixture in
            try await SagaHarness(
                CreateVolume.self,
                prepare: {
                    try await clean(fixture)
                    try await fixture.insertVolume(volume, .creating)
                    return .init(environment: fixture.storage, state: .init(volume: volume, sizeGiB: 1))
                },
                done: { _ in
                    let status = try await fixture.status(volume)
                    #expect(status == .available)
                    #expect(try fixture.size(volume) == 1 << 30)
                    #expect(try fixture.leftovers() == 0)
                },
                nothingLeft: { _ in
                    let status = try await fixture.status(volume)
                    #expect(status == .error)
                    #expect(try fixture.size(volume) == nil)
                    #expect(try fixture.leftovers() == 0)
                }
            ).runAll()
        }
    }

    @Test(arguments: ["raw", "qcow2"]) func creatingAVolumeFromAnImage(format: String) async throws {
        try await StorageFixture.with { fixture in
            var data = [UInt8](repeating: 0, count: 1 << 20)
            data.replaceSubrange(0..<5, with: Array("hello".utf8))
            if format == "qcow2" { data = try await qcow2(data, fixture) }
            fixture.images.add(image, format: format, data: data)
            try await SagaHarness(
                CreateVolume.self,
                prepare: {
                    try await clean(fixture)
                    try await fixture.insertVolume(volume, .creating)
                    return .init(environment: fixture.storage, state: .init(volume: volume, sizeGiB: 1, image: image))
                },
                done: { _ in
                    let status = try await fixture.status(volume)
                    #expect(status == .available)
                    #expect(try fixture.size(volume) == 1 << 30)
                    let path = fixture.storage.backend.path(of: volume)
                    #expect(try File.head(path, 5) == Array("hello".utf8))
                    #expect(try fixture.leftovers() == 0)
                },
                nothingLeft: { _ in
                    let status = try await fixture.status(volume)
                    #expect(status == .error)
                    #expect(try fixture.size(volume) == nil)
                    #expect(try fixture.leftovers() == 0)
                }
            ).runAll()
        }
    }

    private func qcow2(_ data: [UInt8], _ fixture: StorageFixture) async throws -> [UInt8] {
        let raw = "\(fixture.folder)/test.raw"
        let file = try SequentialFile(writing: raw)
        try data.withUnsafeBytes { try file.write($0) }
        try file.finish()
        try await fixture.storage.conversion.convert(raw, from: "raw", to: "qcow2", "\(raw).qcow2")
        return try SequentialFile(reading: "\(raw).qcow2").read(16 << 20)
    }

    /// Refused before any program sees the bytes; nothing stays.
    @Test func anImageThatReachesElsewhereOrDoesNotFitMakesNoVolume() async throws {
        try await StorageFixture.with { fixture in
            var header = [UInt8](repeating: 0, count: 65_536)
            header.replaceSubrange(0..<4, with: [0x51, 0x46, 0x49, 0xFB])
            header[7] = 3
            var backing = header
            backing[15] = 0x70
            var huge = header
            huge[26] = 0x7F
            for (format, data, hash) in [
                ("qcow2", backing, nil), ("qcow2", huge, nil), ("raw", header, nil), ("vmdk", header, nil),
                ("raw", [UInt8](repeating: 1, count: 10), "00"),
            ] as [(String, [UInt8], String?)] {
                try await clean(fixture)
                try await fixture.insertVolume(volume, .creating)
                fixture.images.add(image, format: format, data: data, hash: hash)
                let importer = ImageToVolume(storage: fixture.storage)
                await #expect(throws: ServiceError.self) {
                    try await importer.run(image, volume: volume, sizeGiB: 1, context: StorageFixture.context)
                }
                #expect(try fixture.size(volume) == nil)
                try await fixture.storage.backend.delete(volume)
                #expect(try fixture.leftovers() == 0)
            }
        }
    }

    @Test func deletingAVolumeWithItsSnapshots() async throws {
        try await StorageFixture.with { fixture in
            try await SagaHarness(
                DeleteVolume.self,
                prepare: {
                    try await clean(fixture)
                    try await fixture.insertVolume(volume, .deleting)
                    try await fixture.storage.backend.create(volume, sizeGiB: 1, content: .empty)
                    try await fixture.insertSnapshot(snapshot, of: volume, .deleting)
                    try await fixture.storage.backend.createSnapshot(snapshot, of: volume)
                    return .init(
                        environment: fixture.storage, state: .init(volume: volume, snapshots: [snapshot]))
                },
                done: { _ in
                    let status = try await fixture.status(volume)
                    #expect(status == nil)
                    let snapshotStatus = try await fixture.status(snapshot)
                    #expect(snapshotStatus == nil)
                    #expect(try fixture.size(volume) == nil)
                    #expect(try fixture.snapshotSize(snapshot) == nil)
                },
                nothingLeft: { _ in
                    // What is gone stays gone; what is not can be deleted again.
                    let status = try await fixture.status(volume)
                    #expect(status == nil || status == .errorDeleting)
                    let snapshotStatus = try await fixture.status(snapshot)
                    #expect(snapshotStatus != .deleting)
                }
            ).runAll()
        }
    }

    @Test func extendingAVolume() async throws {
        try await StorageFixture.with { fixture in
            try await SagaHarness(
                ExtendVolume.self,
                prepare: {
                    try await clean(fixture)
                    try await fixture.insertVolume(volume, .extending)
                    try await fixture.storage.backend.create(volume, sizeGiB: 1, content: .empty)
                    return .init(environment: fixture.storage, state: .init(volume: volume, sizeGiB: 2))
                },
                done: { _ in
                    let status = try await fixture.status(volume)
                    #expect(status == .available)
                    let size = try await fixture.storage.volumes.find(volume, .everything).sizeGiB
                    #expect(size == 2)
                    #expect(try fixture.size(volume) == 2 << 30)
                },
                nothingLeft: { _ in
                    let status = try await fixture.status(volume)
                    #expect(status != .extending)
                }
            ).runAll()
        }
    }

    @Test func snapshotting() async throws {
        try await StorageFixture.with { fixture in
            try await SagaHarness(
                CreateSnapshot.self,
                prepare: {
                    try await clean(fixture)
                    try await fixture.insertVolume(volume, .available)
                    try await fixture.storage.backend.create(volume, sizeGiB: 1, content: .empty)
                    try await fixture.insertSnapshot(snapshot, of: volume, .creating)
                    return .init(environment: fixture.storage, state: .init(snapshot: snapshot, volume: volume))
                },
                done: { _ in
                    let snapshotStatus = try await fixture.status(snapshot)
                    #expect(snapshotStatus == .available)
                    #expect(try fixture.snapshotSize(snapshot) == 1 << 30)
                },
                nothingLeft: { _ in
                    let snapshotStatus = try await fixture.status(snapshot)
                    #expect(snapshotStatus == .error)
                    #expect(try fixture.snapshotSize(snapshot) == nil)
                }
            ).runAll()
            try await SagaHarness(
                DeleteSnapshot.self,
                prepare: {
                    try await clean(fixture)
                    try await fixture.insertVolume(volume, .available)
                    try await fixture.insertSnapshot(snapshot, of: volume, .deleting)
                    return .init(environment: fixture.storage, state: .init(snapshot: snapshot))
                },
                done: { _ in
                    let status = try await fixture.status(snapshot)
                    #expect(status == nil)
                },
                nothingLeft: { _ in
                    let status = try await fixture.status(snapshot)
                    #expect(status != .deleting)
                }
            ).runAll()
        }
    }

    @Test func uploadingAVolumeAsAnImage() async throws {
        try await StorageFixture.with { fixture in
            try await SagaHarness(
                UploadVolume.self,
                prepare: {
                    try await clean(fixture)
                    try await fixture.insertVolume(volume, .uploading)
                    try await fixture.storage.backend.create(volume, sizeGiB: 1, content: .empty)
                    try await fixture.images.delete(image, context: StorageFixture.context)
                    try await fixture.images.create(image, ["disk_format": "qcow2"], context: StorageFixture.context)
                    return .init(
                        environment: fixture.storage,
                        state: .init(volume: volume, image: image, diskFormat: "qcow2", record: [:]))
                },
                done: { _ in
                    let status = try await fixture.status(volume)
                    #expect(status == .available)
                    #expect(fixture.images.data(image) == Array("uploaded".utf8))
                    #expect(try fixture.leftovers() == 0)
                },
                nothingLeft: { _ in
                    let status = try await fixture.status(volume)
                    #expect(status == .available)
                    #expect(try fixture.leftovers() == 0)
                }
            ).runAll()
        }
    }
}
