import ComputeModel
import Core
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// An HTTP server on a socket that was made elsewhere, for guests of one network.
struct MetadataProxy: Sendable {
    let forwarding: MetadataForwarding
    let group: any EventLoopGroup
    let logger: Logger

    private typealias Connection = NIOAsyncChannel<HTTPServerRequestPart, HTTPServerResponsePart>

    /// Connections of one network at the same time; more are closed at once.
    private static let maximumConnections = 256

    /// A running server.
    final class Listener: Sendable {
        private let channel: any Channel
        private let task: Task<Void, Never>

        init(channel: any Channel, task: Task<Void, Never>) {
            self.channel = channel
            self.task = task
        }

        /// Ends the server and its connections.
        func close() async {
            task.cancel()
            // Closed already is as good.
            _ = try? await channel.close()
            await task.value
        }
    }

    /// Takes over the listening socket `descriptor`. The task it starts ends with the listener's `close()`.
    func listen(on descriptor: Int32, network: NetworkID) async throws -> Listener {
        let server = try await ServerBootstrap(group: group)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(descriptor) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(
                        IdleCloser(after: .seconds(30)), name: "idle", position: .first)
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        let task = Task { await accept(server, network) }
        return Listener(channel: server.channel, task: task)
    }

    private func accept(_ server: NIOAsyncChannel<Connection, Never>, _ network: NetworkID) async {
        let gate = Gate(Self.maximumConnections)
        do {
            try await server.executeThenClose { connections in
                try await withThrowingDiscardingTaskGroup { group in
                    for try await connection in connections {
                        group.addTask { await gate.pass { await serve(connection, network) } }
                    }
                }
            }
        } catch is CancellationError {
            return
        } catch {
            logger.debug(
                "a metadata listener ended", metadata: [LogKey.network: "\(network)", "error": "\(error)"])
        }
    }

    private func serve(_ connection: Connection, _ network: NetworkID) async {
        guard let address = connection.channel.remoteAddress?.ipAddress else { return }
        do {
            try await connection.executeThenClose { inbound, outbound in
                var head: HTTPRequestHead?
                var body = ByteBuffer()
                for try await part in inbound {
                    switch part {
                    case .head(let value):
                        head = value
                        body.clear()
                    case .body(var bytes):
                        guard body.readableBytes + bytes.readableBytes <= MetadataForwarding.maximumBody else {
                            return try await write(.init(.payloadTooLarge), false, outbound)
                        }
                        body.writeBuffer(&bytes)
                    case .end:
                        guard let request = head else { return }
                        let answer = await forwarding.answer(request, body, from: address, on: network)
                        try await write(answer, request.isKeepAlive, outbound, bodyless: request.method == .HEAD)
                        guard request.isKeepAlive else { return }
                    }
                }
            }
        } catch {
            logger.debug("a metadata connection ended", metadata: [LogKey.network: "\(network)", "error": "\(error)"])
        }
    }

    private func write(
        _ answer: MetadataForwarding.Answer, _ keepAlive: Bool,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPServerResponsePart>, bodyless: Bool = false
    ) async throws {
        let headers: HTTPHeaders = [
            "Content-Type": answer.contentType, "Content-Length": String(answer.body.readableBytes),
            "Connection": keepAlive ? "keep-alive" : "close",
        ]
        try await outbound.write(.head(HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)))
        if !bodyless { try await outbound.write(.body(.byteBuffer(answer.body))) }
        try await outbound.write(.end(nil))
    }
}

/// Closes a connection on which nothing was read for a while.
private final class IdleCloser: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let time: TimeAmount
    private var timer: Scheduled<Void>?

    init(after time: TimeAmount) { self.time = time }

    func channelActive(context: ChannelHandlerContext) {
        restart(context)
        context.fireChannelActive()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { restart(context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        restart(context)
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    private func restart(_ context: ChannelHandlerContext) {
        timer?.cancel()
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }
}
