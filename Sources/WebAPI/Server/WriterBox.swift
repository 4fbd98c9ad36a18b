import HummingbirdCore
import NIOCore

/// Lends a response body writer to a closure. Used by one task at a time: the one that writes the body.
final class WriterBox: @unchecked Sendable {
    // Unchecked: the writer is no Sendable type, but only the task that runs the body's closure
    // reaches it, and that task waits for each write.
    private var writer: any ResponseBodyWriter

    init(_ writer: any ResponseBodyWriter) { self.writer = writer }

    func write(_ buffer: ByteBuffer) async throws { try await writer.write(buffer) }

    func finish() async throws { try await writer.finish(nil) }
}
