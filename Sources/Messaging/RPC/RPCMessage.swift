/// What every message has, whichever way it travels.
public protocol RPCMessage: Codable, Sendable {
    associatedtype Destination: Topic
    /// The name on the wire, unique in the topic: `server.build`. The type's own name by default.
    static var name: String { get }
    static var since: RPCVersion { get }
}

extension RPCMessage {
    public static var name: String { "\(Self.self)" }
    public static var since: RPCVersion { RPCVersion(1, 0) }
}

/// A question answered within seconds; anything longer is a cast whose result comes back as another.
public protocol RPCCall: RPCMessage {
    associatedtype Reply: Codable & Sendable
    /// How long a caller waits when it names no time of its own.
    static var timeout: Duration { get }
}

extension RPCCall {
    public static var timeout: Duration { .seconds(60) }
}

/// A command that is stored by the broker, handled, and only then acknowledged: delivered at least
/// once, so its handler meets the same message twice and is right both times.
public protocol RPCCast: RPCMessage {}

/// Advice to every live server of a topic, delivered at most once to each.
public protocol RPCFanout: RPCMessage {}

/// The answer of a call that has nothing to say but that it was done.
public struct RPCNothing: Codable, Sendable, Hashable {
    public init() {}
}
