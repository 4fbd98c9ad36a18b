import Core
import FoundationEssentials
import Workflow

/// Runs the plugins on one import's staged data.
struct ImportPlugins: Sendable {
    let state: ImportImage.State
    let env: ImportEnvironment

    private var core: ImageCore { env.core }
    private var options: ImportPluginOptions { core.options.plugins }

    /// Staged data in another format: beside it, until the state says so.
    struct Converted: Codable, Sendable, Hashable {
        var format: String
        var size: Int64
        /// What the image was said to be; nil from earlier versions.
        var declared: String?
    }

    /// Decompresses staged data that came as gzip or as a zip archive of one file; once, as Glance does.
    /// - Returns: its bytes, when there is something in another form beside what is staged.
    func decompress() async throws -> Int64? {
        guard options.enabled.contains(.imageDecompression), let image = try await held(),
            image.containerFormat != "compressed",
            let chunks = try await DecompressedImage(
                try await core.files.readStaged(image.id), pool: core.files.pool)
        else { return nil }
        try await core.files.discard(state.upload)
        // What is staged goes when the rest is there.
        let room = try await env.data.limit(image, announced: nil)
        let limit = min(core.options.maxImageSize, room + min(image.size ?? 0, core.options.maxImageSize - room))
        guard chunks.announced ?? 0 <= limit else {
            throw ServiceError(.tooLarge, "The image decompressed is too large: the limit is \(limit) bytes.")
        }
        return try await core.transfers.run(image.owner) {
            try await core.files.receive(chunks, upload: state.upload, limit: limit, inspect: false).size
        }
    }

    /// Puts decompressed data in the place of what was staged.
    func expand() async throws {
        guard let size = state.decompressed, let image = try await held() else { return }
        if try await core.files.hasUpload(state.upload) { try await core.files.stage(state.upload, for: image.id) }
        try await expect(size, image.id)
        _ = try await edit { $0.size = size }
    }

    /// Data that another host has, or that is lost, must not pass for what was made of it.
    private func expect(_ size: Int64, _ id: ImageID) async throws {
        guard try await core.files.hasStaged(id), try await core.files.readStaged(id).size == size else {
            throw ServiceError(.conflict, "The staged data of image \(id) is lost.")
        }
    }

    /// Makes another format of staged data, where that is what it is said to be.
    ///
    /// Containers hold more than a disk, or a kernel; and a signed image must stay what was signed.
    /// An import that waits for its turn has read nothing yet: it would read all of it again each time.
    /// - Returns: nil when nothing is to be converted.
    func convert() async throws -> Converted? {
        guard options.enabled.contains(.imageConversion), let image = try await held(),
            image.containerFormat == nil || image.containerFormat == "bare",
            Self.names.keys.contains(where: { $0.rawValue == image.diskFormat }),
            try ImageSignature(image.properties) == nil
        else { return nil }
        return try await core.conversions.slots.run(image.owner) { try await convert(image) }
    }

    private func convert(_ image: Image) async throws -> Converted? {
        let staged = try await core.files.readStaged(image.id)
        let found = try await inspect(staged, declared: image.diskFormat)
        let target = options.outputFormat.rawValue
        guard let source = Self.names[found.format], found.format.rawValue != target, source != target else {
            return nil
        }
        let limit = try await reserve(image, staged: staged.size, found.virtualSize ?? .max)
        try await core.files.discard(state.upload)
        try await core.conversions.run(
            Conversions.Job(
                source: try core.files.stagedPath(image.id), from: source,
                target: try core.files.uploadPath(state.upload), to: target, limit: limit))
        let result = try await core.files.readUpload(state.upload)
        guard result.size <= core.options.maxImageSize else { throw tooLarge(core.options.maxImageSize) }
        // An image in the image: what a guest reads as its disk must not be taken for something else.
        _ = try await inspect(result, declared: target)
        return Converted(format: target, size: result.size, declared: image.diskFormat)
    }

    /// Notes in the image what conversion may write beside what is staged, so that imports side by side do not all
    /// count on the same room.
    /// - Returns: bytes that it may write.
    private func reserve(_ image: Image, staged: Int64, _ virtualSize: Int64) async throws -> Int64 {
        let most = min(core.options.maxImageSize, options.maxConversion)
        guard virtualSize <= most else { throw tooLarge(most) }
        // Raw disks are whole sectors; other formats need some room for their tables.
        let room = options.outputFormat == .raw ? 511 : virtualSize / 256 + 2 << 20
        try await core.images.reserve(
            image.id, heldBy: state.upload, staged: staged, more: virtualSize, quota: core.options.projectQuota,
            now: core.clock.now())
        return virtualSize + room
    }

    private func tooLarge(_ limit: Int64) -> ServiceError {
        ServiceError(.tooLarge, "The image is too large when it is converted: the limit is \(limit) bytes.")
    }

    private func inspect(_ file: StoredFile, declared: String?) async throws -> InspectedImage {
        do {
            let found = try await file.inspect()
            _ = try FormatCheck.check(found, declared: declared, container: "bare", size: file.size)
            return found
        } catch let failure as InspectionFailure {
            throw ServiceError(.unsupportedMediaType, failure.description, cause: failure)
        }
    }

    /// Puts converted data in the place of what was staged.
    func adopt() async throws {
        guard let converted = state.converted, let image = try await held() else { return }
        if try await core.files.hasUpload(state.upload) { try await core.files.stage(state.upload, for: image.id) }
        try await expect(converted.size, image.id)
        _ = try await edit { image in
            image.diskFormat = converted.format
            image.containerFormat = "bare"
            image.size = converted.size
        }
    }

    func inject(_ context: RequestContext) async throws {
        guard options.enabled.contains(.injectImageMetadata), !options.injected.isEmpty,
            options.ignoredRoles.isDisjoint(with: context.roles)
        else { return }
        let injected = options.injected
        _ = try await edit { image in
            if image.status == .importing { image.properties.merge(injected) { $1 } }
        }
    }

    /// Formats that are converted, as qemu-img calls them. An ISO image stays one: it is booted as a disc. So does a
    /// VMDK: qemu-img reads its text otherwise than we do, and that text can name the host's files.
    private static let names: [ImageFormat: String] = [
        .raw: "raw", .gpt: "raw", .qcow2: "qcow2", .vhd: "vpc", .vhdx: "vhdx", .vdi: "vdi",
    ]

    private func held() async throws -> Image? {
        guard let image = try await edit({ _ in }), image.status == .importing else { return nil }
        return image
    }

    private func edit(_ change: @escaping @Sendable (inout Image) throws -> Void) async throws -> Image? {
        try await core.images.edit(state.image, heldBy: state.upload, now: core.clock.now(), change)
    }
}
