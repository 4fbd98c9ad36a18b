import Core
import NIOCore

/// One connection's requests and answers. The reader calls ``receive(_:)`` with every message, in order.
actor OVSDBSession {
    enum Received {
        case none
        /// The answer to the monitor request: the first copy of the tables.
        case initial(JSONValue)
        case update(JSONValue)
    }

    private struct Pending {
        let continuation: CheckedContinuation<JSONValue, any Error>
        let since: ContinuousClock.Instant
        let isMonitor: Bool
    }

    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let options: OVSDBClientOptions
    private var nextID = 0
    private var pending: [Int: Pending] = [:]
    private var awaitsInitial = false
    private var isClosed = false
    private var lastReceived = ContinuousClock.now

    init(_ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, options: OVSDBClientOptions) {
        self.outbound = outbound
        self.options = options
    }

    /// The next call is the monitor request.
    func expectInitial() { awaitsInitial = true }

    func call(_ method: String, _ parameters: JSONValue) async throws -> JSONValue {
        guard !isClosed else { throw OVSDBError.notConnected(options.database) }
        guard pending.count < options.maxPending else {
            throw OVSDBError.notConnected("\(pending.count) transactions are already under way")
        }
        nextID += 1
        let id = nextID
        let message: JSONValue = ["method": .string(method), "params": parameters, "id": .integer(Int64(id))]
        let isMonitor = awaitsInitial
        awaitsInitial = false
        return try await withCheckedThrowingContinuation { continuation in
            pending[id] = Pending(continuation: continuation, since: .now, isMonitor: isMonitor)
            // Ends with the write; a failed one also ends the session, by way of the reader.
            Task { await self.send(message, for: id) }
        }
    }

    private func send(_ message: JSONValue, for id: Int) async {
        do {
            try await write(message)
        } catch {
            pending.removeValue(forKey: id)?.continuation.resume(
                throwing: OVSDBError.notConnected("\(options.database): \(error)"))
        }
    }

    private func write(_ message: JSONValue) async throws {
        var writer = JSONWriter()
        writer.write(message)
        try await outbound.write(ByteBuffer(bytes: writer.bytes))
    }

    func receive(_ message: OVSDBMessage) async throws -> Received {
        lastReceived = .now
        switch message {
        case .request(let method, let parameters, let id):
            if method == "update2" {
                guard let updates = parameters[1] else { throw OVSDBError.malformed("an update without tables") }
                return .update(updates)
            }
            if method == "echo" { try await write(["id": id, "result": parameters, "error": nil]) }
            return .none
        case .reply(let id, let result, let error):
            guard let id, let waiting = pending.removeValue(forKey: id) else { return .none }
            if let error {
                let name = error["error"]?.string ?? error.string ?? error.jsonText
                waiting.continuation.resume(throwing: OVSDBError.refused(name, details: error["details"]?.string))
                return .none
            }
            waiting.continuation.resume(returning: waiting.isMonitor ? .null : result)
            return waiting.isMonitor ? .initial(result) : .none
        }
    }

    /// Asks for a sign of life after a silence, and gives up after a long one or an overdue answer.
    func probe() async throws {
        let now = ContinuousClock.now
        if pending.values.contains(where: { now - $0.since > options.transactionTimeout }) { throw OVSDBError.timeout }
        let silence = now - lastReceived
        if silence > options.probeInterval * 3 { throw OVSDBError.timeout }
        if silence >= options.probeInterval { try await write(["method": "echo", "params": [], "id": "echo"]) }
    }

    func close() {
        isClosed = true
        for waiting in pending.values {
            waiting.continuation.resume(throwing: OVSDBError.notConnected(options.database))
        }
        pending = [:]
    }
}
