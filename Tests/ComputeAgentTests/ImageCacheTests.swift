import ComputeModel
import Core
import FoundationEssentials
import Glibc
import Logging
import Testing

@testable import ComputeAgent

/// Row 13 of the security list: one byte flipped in the store or in the cache, and no guest boots from it.
@Suite struct ImageCacheTests {
    private static let bytes = [UInt8](repeating: 7, count: 3 << 20)
    private let folder = "/tmp/apus-cache-\(UUID().uuidString.prefix(8))"
    private let image: ImageSpec = {
        let digest = {
            do {
                var digest = try ImageDigest("sha512")
                digest.update(bytes)
                return digest.finish()
            } catch {
                return ""
            }
        }()
        return ImageSpec(
            id: ImageID("11111111-2222-3333-4444-555555555555"), hash: digest, hashAlgorithm: "sha512",
            diskFormat: "raw")
    }()

    private func cache(_ source: TestImages) -> ImageCache {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return ImageCache(
            paths: HostPaths(root: folder), files: HostFiles(), source: source, limit: ByteCount(1 << 30),
            logger: logger)
    }

    private func use(_ cache: ImageCache) async throws -> String {
        try await cache.withImage(image, .system()) { $0.path }
    }

    /// Changes the byte in the middle of a file, and puts its time back.
    private func flip(_ path: String) {
        var status = stat()
        #expect(stat(path, &status) == 0)
        let descriptor = open(path, O_RDWR)
        var byte: UInt8 = 8
        #expect(pwrite(descriptor, &byte, 1, off_t(status.st_size / 2)) == 1)
        close(descriptor)
        let times = [status.st_atim, status.st_mtim]
        #expect(utimensat(AT_FDCWD, path, times, 0) == 0)
    }

    @Test func aByteFlippedInTheCacheKeepsGuestsFromBooting() async throws {
        let source = TestImages(Self.bytes)
        let cache = cache(source)
        let path = try await use(cache)
        #expect(try await use(cache) == path && source.downloads == 1)
        flip(path)
        for _ in 1...2 {
            let error = await #expect(throws: ServiceError.self) { try await use(cache) }
            #expect(error?.code == .conflict && error?.message.contains("was changed") == true)
        }
        // Nor does an agent that was started anew take it.
        await #expect(throws: ServiceError.self) { try await use(self.cache(source)) }
        unlink(path)
        #expect(try await use(cache) == path && source.downloads == 2)
        try await HostFiles().removeFolder(folder)
    }

    @Test func aByteFlippedInTheStoreIsNeverCached() async throws {
        var bytes = Self.bytes
        bytes[1000] = 8
        let error = await #expect(throws: ServiceError.self) { try await use(cache(TestImages(bytes))) }
        #expect(error?.message.contains("does not match its hash") == true)
        #expect(try await HostFiles().list("\(folder)/images").isEmpty)
        try await HostFiles().removeFolder(folder)
    }

    @Test func anImageThatWasCachedBeforeThereWereSealsGetsOne() async throws {
        let source = TestImages(Self.bytes)
        let path = try await use(cache(source))
        unlink(CacheSeal.path(path))
        #expect(try await use(cache(source)) == path && source.downloads == 1)
        flip(path)
        await #expect(throws: ServiceError.self) { try await use(cache(source)) }
        try await HostFiles().removeFolder(folder)
    }

    @Test func sealsGoWithTheirImages() async throws {
        let source = TestImages(Self.bytes)
        let cache = ImageCache(
            paths: HostPaths(root: folder), files: HostFiles(), source: source, limit: ByteCount(1),
            logger: Logger(label: "test"))
        _ = try await use(cache)
        try await cache.trim(inUse: [image.id], now: Date().addingTimeInterval(7200))
        #expect(try await HostFiles().list("\(folder)/images").count == 2)
        try await cache.trim(inUse: [], now: Date().addingTimeInterval(7200))
        #expect(try await HostFiles().list("\(folder)/images").isEmpty)
        _ = try await use(cache)
        try await HostFiles().removeFolder(folder)
    }
}
