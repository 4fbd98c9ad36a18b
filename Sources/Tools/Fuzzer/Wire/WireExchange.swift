import Core
import NIOCore
import NIOPosix

/// One step of what is done with a connection.
enum WireStep: Sendable {
    case send([UInt8])
    case pause(Duration)
    /// No more from us; answers may still come.
    case closeWrite
}

/// What came of a connection.
struct WireOutcome: Sendable {
    enum End: Sendable {
        case answered, closed, timedOut
        case unreachable(String)
    }

    var responses: [WireResponse] = []
    var end: End
    var duration: Duration = .zero
    /// What came and was no response.
    var rest: [UInt8] = []
}

/// A connection of its own for each exchange, bytes in and bytes out.
enum WireExchange {
    /// Does `steps` and reads until `responses` answers came, the server closed, or the deadline.
    static func run(
        _ endpoint: Endpoint, _ steps: [WireStep], responses: Int = 1, isHead: Bool = false,
        deadline: Duration = .seconds(10)
    ) async -> WireOutcome {
        let started = ContinuousClock.now
        var outcome = await connect(endpoint, steps, responses, isHead, deadline)
        outcome.duration = ContinuousClock.now - started
        return outcome
    }

    private static func connect(
        _ endpoint: Endpoint, _ steps: [WireStep], _ responses: Int, _ isHead: Bool, _ deadline: Duration
    ) async -> WireOutcome {
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .connectTimeout(.seconds(5))
                .connect(host: endpoint.host, port: endpoint.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(isOutboundHalfClosureEnabled: true))
                    }
                }
            return try await channel.executeThenClose { inbound, outbound in
                await withTaskGroup(of: WireOutcome?.self) { group in
                    group.addTask {
                        await write(steps, outbound)
                        return nil
                    }
                    group.addTask { await read(inbound, responses, isHead) }
                    group.addTask {
                        do { try await ContinuousClock().sleep(for: deadline) } catch { return nil }
                        return WireOutcome(end: .timedOut)
                    }
                    var result = WireOutcome(end: .closed)
                    for await outcome in group {
                        guard let outcome else { continue }
                        result = outcome
                        break
                    }
                    group.cancelAll()
                    return result
                }
            }
        } catch {
            return WireOutcome(end: .unreachable("\(error)"))
        }
    }

    private static func write(_ steps: [WireStep], _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) async {
        // A server that has answered may close before it has read all: what it said is what counts.
        do {
            for step in steps {
                switch step {
                case .send(let bytes): try await outbound.write(ByteBuffer(bytes: bytes))
                case .pause(let duration): try await ContinuousClock().sleep(for: duration)
                case .closeWrite: outbound.finish()
                }
            }
        } catch {}
    }

    private static func read(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ count: Int, _ isHead: Bool
    ) async -> WireOutcome {
        var reader = ResponseReader(isHead: isHead)
        var responses: [WireResponse] = []
        do {
            for try await part in inbound {
                reader.feed(part.readableBytesView)
                while let response = reader.next(atEnd: false) { responses.append(response) }
                if responses.count >= count {
                    return WireOutcome(responses: responses, end: .answered, rest: reader.rest)
                }
            }
        } catch {
            // Reset: as good as closed.
        }
        if let response = reader.next(atEnd: true) { responses.append(response) }
        return WireOutcome(responses: responses, end: .closed, rest: reader.rest)
    }
}
