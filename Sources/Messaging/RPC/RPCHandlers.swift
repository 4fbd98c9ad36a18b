public import Core

/// What a server does with each message of its topic.
///
/// ```swift
/// var handlers = RPCHandlers()
/// handlers.on(OpenConsole.self) { message, context in try await consoles.open(message.server) }
/// ```
public struct RPCHandlers: Sendable {
    /// What a handler is given: the body as it came, to be decoded as its own type, and a check of the message's
    /// context that throws when it is not worth handling any more.
    typealias Handler =
        nonisolated(nonsending) @Sendable ([UInt8], _ admit: (RequestContext) throws -> Void) async throws ->
        [UInt8]?

    private(set) var handlers: [String: Handler] = [:]
    private(set) var takesFanouts = false
    private(set) var takesCasts = false
    private(set) var takesCalls = false

    public init() {}

    public mutating func on<Call: RPCCall>(
        _: Call.Type, _ handler: @escaping @Sendable (Call, RequestContext) async throws -> Call.Reply
    ) {
        takesCalls = true
        add(Call.name) { body, admit in
            let (context, message) = try RPCCoding.decode(Call.self, from: body)
            try admit(context)
            let reply = try await handler(message, context)
            return try RPCCoding.encode(reply: reply)
        }
    }

    public mutating func on<Cast: RPCCast>(
        _: Cast.Type, _ handler: @escaping @Sendable (Cast, RequestContext) async throws -> Void
    ) {
        takesCasts = true
        add(Cast.name) { body, admit in
            let (context, message) = try RPCCoding.decode(Cast.self, from: body)
            try admit(context)
            try await handler(message, context)
            return nil
        }
    }

    public mutating func on<Fanout: RPCFanout>(
        _: Fanout.Type, _ handler: @escaping @Sendable (Fanout, RequestContext) async throws -> Void
    ) {
        takesFanouts = true
        add(Fanout.name) { body, admit in
            let (context, message) = try RPCCoding.decode(Fanout.self, from: body)
            try admit(context)
            try await handler(message, context)
            return nil
        }
    }

    private mutating func add(_ name: String, _ handler: @escaping Handler) {
        precondition(handlers[name] == nil, "two handlers for message \(name)")
        handlers[name] = handler
    }
}
