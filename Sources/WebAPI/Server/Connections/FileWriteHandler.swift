import NIOCore
import NIOHTTP1

/// Writes pieces of files as parts of an answer's body: the kernel takes them from the file (sendfile), and none of
/// their bytes come through this process.
///
/// Stands below the codec of our parts, whose bodies are bytes alone; so a piece comes as an event, in its turn behind
/// what was written before it.
final class FileWriteHandler: ChannelOutboundHandler {
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let piece = event as? FilePiece else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: piece.descriptor)
        let region = FileRegion(
            fileHandle: handle, readerIndex: Int(piece.range.lowerBound), endIndex: Int(piece.range.upperBound))
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { result in
            // The descriptor is only lent.
            do { _ = try handle.takeDescriptorOwnership() } catch { return promise?.fail(error) ?? () }
            promise?.completeWith(result)
        }
        context.writeAndFlush(wrapOutboundOut(.body(.fileRegion(region))), promise: written)
    }
}

/// Bytes of an open file, which stays open until they are written.
struct FilePiece: Sendable {
    let descriptor: Int32
    let range: Range<Int64>
}
