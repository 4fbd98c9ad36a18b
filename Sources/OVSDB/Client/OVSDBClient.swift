import Core
public import Logging
import NIOCore
import NIOPosix
import NIOSSL

/// A session with one database of an OVSDB server (RFC 7047), kept for as long as ``run()`` runs.
///
/// It reconnects with backoff, copies the chosen tables into ``replica`` and keeps them current. The server sends the
/// changes of a transaction before its answer, so after ``transact(_:)`` returns the replica has them.
public actor OVSDBClient {
    public private(set) var replica: OVSDBReplica?
    public private(set) var schema: OVSDBSchema?

    public nonisolated let options: OVSDBClientOptions
    let logger: Logger
    private let clock: any Clock<Duration>
    private var session: OVSDBSession?
    private var changes = OVSDBChanges()
    private var listener: CheckedContinuation<Void, Never>?

    public init(_ options: OVSDBClientOptions, logger: Logger, clock: any Clock<Duration> = ContinuousClock()) {
        self.options = options
        self.logger = logger
        self.clock = clock
    }

    /// Whether the tables are copied and transactions accepted.
    public var isConnected: Bool { session != nil && replica != nil }

    /// Commits operations as one transaction.
    /// - Throws: `OVSDBError`; `.operation` names the one that failed, and none took effect.
    @discardableResult
    public func transact(_ operations: [OVSDBOperation]) async throws -> [OVSDBResult] {
        guard let session, replica != nil else { throw OVSDBError.notConnected(options.database) }
        let parameters = JSONValue.array([.string(options.database)] + operations.map(\.json))
        return try OVSDBResult.parse(try await session.call("transact", parameters), count: operations.count)
    }

    /// Waits until rows changed, or the session was made anew, and answers what did since the last call.
    ///
    /// Changes of a row are merged until they are taken, so what is held is bounded by the number of rows. For one
    /// caller at a time.
    public func nextChanges() async throws -> OVSDBChanges {
        while changes.isEmpty {
            try Task.checkCancellation()
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    if Task.isCancelled { continuation.resume() } else { listener = continuation }
                }
            } onCancel: {
                Task { await self.wakeListener() }
            }
        }
        defer { changes = OVSDBChanges() }
        return changes
    }

    /// Keeps the session until cancelled.
    public func run() async throws {
        var wait = options.backoff.lowerBound
        var attempt = 0
        while !Task.isCancelled {
            let remote = options.remotes[attempt % options.remotes.count]
            attempt += 1
            do {
                try await connect(to: remote)
            } catch is CancellationError {
                break
            } catch {
                if replica != nil { wait = options.backoff.lowerBound }
                logger.warning(
                    "OVSDB session lost",
                    metadata: [
                        "database": "\(options.database)", "remote": "\(remote)", "error": "\(error)",
                    ])
            }
            disconnected()
            if Task.isCancelled { break }
            do { try await clock.sleep(for: wait) } catch { break }
            wait = min(wait * 2, options.backoff.upperBound)
        }
        disconnected()
    }

    // MARK: Session

    private func connect(to remote: OVSDBRemote) async throws {
        let channel = try await Self.open(remote, options.tls, timeout: options.connectTimeout)
        try await channel.executeThenClose { inbound, outbound in
            let session = OVSDBSession(outbound, options: options)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.read(inbound, session) }
                group.addTask { [clock, options] in
                    while true {
                        try await clock.sleep(for: options.probeInterval)
                        try await session.probe()
                    }
                }
                group.addTask {
                    try await self.begin(session)
                    // Stays, so that the group ends only with a failure of one of the others.
                    while true { try await Task.sleep(for: .seconds(3600)) }
                }
                defer { group.cancelAll() }
                do {
                    try await group.next()
                    throw OVSDBError.notConnected("the server closed the session")
                } catch {
                    await session.close()
                    throw error
                }
            }
        }
    }

    private static func open(
        _ remote: OVSDBRemote, _ tls: OVSDBTLS?, timeout: Duration
    ) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.nanoseconds(Int64(timeout / .nanoseconds(1))))
        let wrap: @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> = { channel in
            channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
        }
        switch remote {
        case .unix(let path): return try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: wrap)
        case .tcp(let host, let port):
            return try await bootstrap.connect(host: host, port: port, channelInitializer: wrap)
        case .ssl(let host, let port):
            guard let context = tls?.context else { throw OVSDBError.notConnected("no certificates for \(remote)") }
            return try await bootstrap.connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: nil))
                    return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
        }
    }

    /// Copies the tables. The reply and the updates behind it are applied in the order they came, by ``read``.
    private func begin(_ session: OVSDBSession) async throws {
        let schema = try OVSDBSchema(json: try await session.call("get_schema", .array([.string(options.database)])))
        self.schema = schema
        var requests: [String: JSONValue] = [:]
        for table in options.tables {
            for column in table.columns where !schema.has(table.name, column) {
                throw OVSDBError.malformed("\(options.database) \(schema.version) has no \(table.name).\(column)")
            }
            requests[table.name] = table.request
        }
        await session.expectInitial()
        let parameters = JSONValue.array([.string(options.database), .string(options.database), .object(requests)])
        _ = try await session.call("monitor_cond", parameters)
        logger.info("OVSDB session begun", metadata: ["database": "\(options.database)"])
    }

    private func read(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ session: OVSDBSession) async throws {
        var splitter = MessageSplitter(limit: options.maxMessageBytes)
        for try await buffer in inbound {
            for bytes in try splitter.append(buffer.readableBytesView) {
                let message = try OVSDBMessage(bytes)
                switch try await session.receive(message) {
                case .none: break
                case .initial(let updates): try start(session, updates)
                case .update(let updates): try update(updates)
                }
            }
        }
    }

    private func start(_ session: OVSDBSession, _ updates: JSONValue) throws {
        guard let schema else { throw OVSDBError.malformed("tables before their schema") }
        var fresh = OVSDBReplica(schema: schema, tables: options.tables)
        _ = try fresh.apply(updates)
        replica = fresh
        self.session = session
        changes.isResynchronised = true
        wakeListener()
    }

    private func update(_ updates: JSONValue) throws {
        guard let changed = try replica?.apply(updates) else { return }
        changes.rows.formUnion(changed)
        wakeListener()
    }

    private func disconnected() {
        session = nil
        replica = nil
        wakeListener()
    }

    private func wakeListener() {
        listener?.resume()
        listener = nil
    }
}

/// What happened to the replica since it was last looked at.
public struct OVSDBChanges: Sendable {
    /// The tables were copied anew: anything may have changed.
    public var isResynchronised = false
    public var rows: Set<OVSDBChange> = []
    public var isEmpty: Bool { !isResynchronised && rows.isEmpty }
}
