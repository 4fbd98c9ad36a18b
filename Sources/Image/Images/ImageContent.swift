import AsyncHTTPClient
import Core
import NIOCore
import WebAPI

/// An image's bytes, ready to be sent.
enum ImageContent: Sendable {
    case file(StoredFile)
    /// On a web server, with the size that was noted when the location was added.
    case web(String, size: Int64)

    var size: Int64 {
        switch self {
        case .file(let file): file.size
        case .web(_, let size): size
        }
    }
}

extension ImageDataService {
    /// The image's bytes from the cache or the best place that has them; nil when it has none.
    func download(_ image: Image) async throws -> ImageContent? {
        if !image.locations.isEmpty, let file = try await core.cache?.open(image.id) { return .file(file) }
        return try await content(image)
    }

    /// The same without the cache.
    func content(_ image: Image) async throws -> ImageContent? {
        var failure: (any Error)?
        for location in core.stores.sorted(image.locations) {
            do {
                if let store = core.stores.file(location.store) { return .file(try await store.read(image.id)) }
                if core.stores.web?.id == location.store, let size = image.size {
                    return .web(location.url, size: size)
                }
            } catch let error as ServiceError where error.code == .notFound {
                failure = error
            }
        }
        if let failure { throw failure }
        guard let location = image.locations.first else { return nil }
        throw ServiceError(.notImplemented, "Data in store \(location.store) cannot be read through this service.")
    }

    /// Sends a part of the bytes, one piece after the other.
    ///
    /// Data from elsewhere is checked against the image's hash when all of it is sent: its last piece is held back
    /// until then, so that a client never gets the whole of what is not the image.
    func send(
        _ content: ImageContent, of image: Image, _ part: Range<Int64>, to sink: ResponseBodySink
    ) async throws {
        switch content {
        case .file(let file): try await file.only(part).send(to: sink)
        case .web(let url, let size):
            try await core.web.fetch(url) { body in
                var window = ByteWindow(part)
                var hasher = image.hashAlgorithm.flatMap { DataHasher(algorithm: $0) }
                var held: ByteBuffer?
                for try await chunk in body {
                    hasher?.update(chunk)
                    guard window.offset + Int64(chunk.readableBytes) <= size else {
                        throw ServiceError(.badGateway, "The image's data has grown.")
                    }
                    let piece = window.cut(chunk)
                    if piece.readableBytes == 0 { continue }
                    if let held { try await sink.write(held) }
                    held = piece
                }
                guard window.offset == size else { throw ServiceError(.badGateway, "The image's data ended early.") }
                if let digest = image.hashDigest, let hasher, hasher.hash != digest {
                    throw ServiceError(.badGateway, "The image's data does not match its hash.")
                }
                if let held { try await sink.write(held) }
            }
        }
    }
}

/// Cuts a range out of a stream.
struct ByteWindow: Sendable {
    private let range: Range<Int64>
    private(set) var offset: Int64 = 0

    init(_ range: Range<Int64>) { self.range = range }

    /// What of the next chunk is in the range.
    mutating func cut(_ chunk: ByteBuffer) -> ByteBuffer {
        let end = offset + Int64(chunk.readableBytes)
        defer { offset = end }
        let first = max(range.lowerBound, offset)
        let last = min(range.upperBound, end)
        guard first < last else { return ByteBuffer() }
        return chunk.getSlice(at: chunk.readerIndex + Int(first - offset), length: Int(last - first)) ?? ByteBuffer()
    }
}
