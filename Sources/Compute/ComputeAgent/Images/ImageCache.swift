import ComputeModel
import Core
import FoundationEssentials
import Glibc
import Logging

/// Images as raw files, each downloaded, checked and converted once for all the servers that boot from it.
///
/// A file is there complete or not at all: work happens under a temporary name and ends with a rename.
actor ImageCache {
    private let paths: HostPaths
    private let files: HostFiles
    private let source: any ImageSource
    private let tool: QemuImage
    private let limit: Int
    private let logger: Logger
    private var running: [String: Task<CachedImage, any Error>] = [:]
    /// Images given out to builds that have not made their disk yet.
    private var leases: [String: Int] = [:]
    private var removals: [String: Task<Void, any Error>] = [:]
    private var seals: [String: CacheSeal] = [:]

    init(paths: HostPaths, files: HostFiles, source: any ImageSource, limit: ByteCount, logger: Logger) {
        self.paths = paths
        self.files = files
        self.source = source
        self.tool = QemuImage()
        self.limit = limit.bytes
        self.logger = logger
    }

    struct CachedImage: Sendable, Hashable {
        /// A raw file.
        var path: String
        var virtualBytes: Int
    }

    /// Calls `body` with the cached image; the file is not removed meanwhile.
    func withImage<T: Sendable>(
        _ image: ImageSpec, _ context: RequestContext, _ body: @Sendable (CachedImage) async throws -> T
    ) async throws -> T {
        let name = try Self.fileName(image)
        leases[name, default: 0] += 1
        defer {
            leases[name, default: 1] -= 1
            if leases[name] == 0 { leases[name] = nil }
        }
        return try await body(try await cached(image, name, context))
    }

    private func cached(_ image: ImageSpec, _ name: String, _ context: RequestContext) async throws -> CachedImage {
        if let removal = removals[name] { try await removal.value }
        if let task = running[name] { return try await task.value }
        // Ends by itself; those who wait for it share its result.
        let task = Task { try await self.fetch(image, name, context) }
        running[name] = task
        defer { running[name] = nil }
        return try await task.value
    }

    /// The image's id and the beginning of its hash: other bytes are another file.
    private static func fileName(_ image: ImageSpec) throws -> String {
        guard isUUIDLike(image.id.rawValue) else {
            throw ServiceError(.badRequest, "The image's id is not a UUID.", detail: image.id.rawValue)
        }
        let hash = image.hash ?? ""
        guard hash.utf8.allSatisfy({ Hex.digit($0) != nil }) else {
            throw ServiceError(.badRequest, "The image's hash is not hexadecimal.")
        }
        return "\(image.id.rawValue)-\(hash.isEmpty ? "unhashed" : String(hash.prefix(32)))"
    }

    private func fetch(_ image: ImageSpec, _ name: String, _ context: RequestContext) async throws -> CachedImage {
        let final = "\(paths.images)/\(name).raw"
        var seal = seals[name] ?? CacheSeal(files)
        // One task at a time is at a name.
        let cached = try await seal.check(final)
        seals[name] = seal
        if let cached { return CachedImage(path: final, virtualBytes: cached) }
        try await files.makeFolder(paths.images, mode: HostPaths.passable)
        let download = "\(paths.images)/\(name).download"
        let converted = "\(paths.images)/\(name).converting"
        do {
            let size = try await self.download(image, to: download, context)
            let header = try ImageHeader(
                try await files.run { try Self.head(download) }, format: image.diskFormat, fileBytes: size)
            if image.diskFormat == "qcow2" {
                try await files.remove(converted)
                try await tool.run(.convert(download, from: "qcow2", to: converted, as: "raw"))
                try await seal.seal(converted, as: final)
                try await files.rename(converted, final)
                try await files.remove(download)
            } else {
                try await seal.seal(download, as: final)
                try await files.rename(download, final)
            }
            logger.info("image cached", metadata: ["image": "\(image.id)", "bytes": "\(size)"])
            return CachedImage(path: final, virtualBytes: header.virtualBytes)
        } catch {
            try await files.remove(download)
            try await files.remove(converted)
            throw error
        }
    }

    /// Streams into a file and checks the hash.
    private func download(_ image: ImageSpec, to path: String, _ context: RequestContext) async throws -> Int {
        try await files.remove(path)
        let sink = try await ImageSink.create(path, files, try ImageDigest(image.hashAlgorithm ?? "sha512"))
        do {
            try await source.download(image.id, context) { chunk in try await sink.take(chunk) }
        } catch {
            await sink.close()
            throw error
        }
        await sink.close()
        if let expected = image.hash, await sink.hash != expected.lowercased() {
            throw ServiceError(
                .conflict, "The image \(image.id) is damaged: its data does not match its hash.", detail: path)
        }
        return await sink.size
    }

    private static func head(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw HostFiles.failure("open", path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: ImageHeader.length)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw HostFiles.failure("read", path) }
        return Array(bytes[..<count])
    }

    // MARK: Eviction

    /// Removes images unused the longest until the rest fits the limit, and what a crash left behind.
    /// - Parameter inUse: images of this host's guests, whose disks are layers over these files.
    ///   Those used in the last hour are kept too: their servers may be on their way.
    func trim(inUse: Set<ImageID>, now: Date) async throws {
        struct File: Sendable {
            var name: String
            var bytes: Int
            var used: Int
        }
        let folder = paths.images
        let busy = Set(running.keys)
        let names = try await files.list(folder)
        let there = Set(names)
        for name in names where !name.hasSuffix(".raw") {
            if name.hasSuffix(CacheSeal.suffix), there.contains(String(name.dropLast(CacheSeal.suffix.count))) {
                continue
            }
            let stem = String(name.prefix { $0 != "." })
            if !busy.contains(stem), leases[stem] == nil { try await files.remove("\(folder)/\(name)") }
        }
        let all = try await files.run {
            names.filter { $0.hasSuffix(".raw") }.compactMap { name -> File? in
                var status = stat()
                guard stat("\(folder)/\(name)", &status) == 0 else { return nil }
                return File(name: name, bytes: Int(status.st_blocks) * 512, used: status.st_mtim.tv_sec)
            }
        }
        var total = all.reduce(0) { $0 + $1.bytes }
        for file in all.sorted(by: { $0.used < $1.used }) where total > limit {
            let stem = String(file.name.dropLast(4))
            guard leases[stem] == nil, running[stem] == nil, !inUse.contains(ImageID(String(stem.prefix(36)))),
                now.timeIntervalSince1970 - Double(file.used) > 3600
            else { continue }
            // Who wants the image meanwhile waits for the end of its removal.
            let removal = Task {
                try await files.remove("\(folder)/\(file.name)")
                try await files.remove("\(folder)/\(file.name)\(CacheSeal.suffix)")
            }
            seals[stem] = nil
            removals[stem] = removal
            defer { removals[stem] = nil }
            try await removal.value
            total -= file.bytes
            logger.info("cached image removed", metadata: ["file": "\(file.name)"])
        }
    }
}
