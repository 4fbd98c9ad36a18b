import Core
import Crypto
import Logging
import NIOCore

/// Brings an image's content into a volume: streamed, compared with its hash, inspected, and converted
/// only when its format needs it.
struct ImageToVolume {
    let storage: StorageEnvironment

    /// May run twice: the volume's file appears whole or not at all.
    func run(_ id: ImageID, volume: VolumeID, sizeGiB: Int, context: RequestContext) async throws {
        let path = storage.backend.path(of: volume)
        if try await storage.files.run({ try File.size(path) }) != nil { return }
        let image = try await storage.images.find(id.rawValue, context: context)
        let raw = storage.backend.incomingPath(of: volume)
        let size = sizeGiB << 30
        switch image.diskFormat {
        case "raw":
            try await download(image, to: raw, limit: size, context)
            let header = try await storage.files.run { try File.head(raw, ImageInspection.headerBytes) }
            if ImageInspection.looksFormatted(header) {
                throw ServiceError(.badRequest, "The image is declared raw but is in another format.")
            }
        case "qcow2":
            let source = "\(raw).image"
            try await download(image, to: source, limit: size + (1 << 30), context)
            let header = try await storage.files.run { try File.head(source, ImageInspection.headerBytes) }
            guard try ImageInspection.qcow2(header) <= size else {
                throw ServiceError(.tooLarge, "The image's virtual size is larger than the volume.")
            }
            try await storage.conversion.convert(source, from: "qcow2", to: "raw", raw)
            try await storage.files.run { try File.remove(source) }
        default:
            throw ServiceError(
                .badRequest, "Images of format \(image.diskFormat) cannot be made into volumes; use raw or qcow2.")
        }
        try await storage.backend.adopt(rawFile: raw, as: volume, sizeGiB: sizeGiB)
    }

    private func download(_ image: SourceImage, to path: String, limit: Int, _ context: RequestContext) async throws {
        let file = try await storage.files.run { try SequentialFile(writing: path) }
        let sum = Checksum(image.hash?.algorithm)
        let files = storage.files
        try await storage.images.download(image.id, context: context) { part in
            try await files.run {
                guard file.position + part.readableBytes <= limit else {
                    throw ServiceError(.tooLarge, "The image is larger than the volume.")
                }
                try part.withUnsafeReadableBytes { bytes in
                    sum.update(bytes)
                    try file.write(bytes)
                }
            }
        }
        try await files.run { try file.finish() }
        if let expected = image.hash?.value, let found = sum.value, found != expected {
            throw ServiceError(.conflict, "The image's data does not match its hash.", detail: "image \(image.id)")
        }
    }
}

/// A running hash of a stream; none for an algorithm we do not have.
private final class Checksum: @unchecked Sendable {  // updated by one task, one chunk after the other
    private var sha512: SHA512?
    private var sha256: SHA256?

    init(_ algorithm: String?) {
        if algorithm == "sha512" { sha512 = SHA512() }
        if algorithm == "sha256" { sha256 = SHA256() }
    }

    func update(_ bytes: UnsafeRawBufferPointer) {
        sha512?.update(bufferPointer: bytes)
        sha256?.update(bufferPointer: bytes)
    }

    var value: String? {
        if let sha512 { return Hex.encode(sha512.finalize()) }
        if let sha256 { return Hex.encode(sha256.finalize()) }
        return nil
    }
}
