package import Core
package import Messaging

/// What daemons of different releases must agree on about a message.
package struct MessageFingerprint: Sendable {
    /// `compute server.console_output`.
    package let key: String
    package let kind: String
    package let since: String
    package let fields: [String: String]
    package let reply: [String: String]?

    package init<Message: RPCMessage>(_ type: Message.Type) {
        key = "\(Message.Destination.name) \(Message.name)"
        since = Message.since.description
        fields = TypeShape.fields(type)
        if let call = type as? any RPCCall.Type {
            kind = "call"
            reply = Self.reply(call)
        } else {
            kind = type is any RPCFanout.Type ? "fanout" : "cast"
            reply = nil
        }
    }

    private static func reply<Call: RPCCall>(_: Call.Type) -> [String: String] { TypeShape.fields(Call.Reply.self) }

    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "kind": .string(kind), "since": .string(since), "fields": .object(fields.mapValues { .string($0) }),
        ]
        if let reply { members["reply"] = .object(reply.mapValues { .string($0) }) }
        return .object(members)
    }

    /// Why an older daemon, which knows the message as `recorded`, could not understand this one; nil when it could.
    package func breaks(_ recorded: JSONValue) -> String? {
        guard recorded["kind"]?.string == kind else { return "\(key): its kind changed" }
        if let text = recorded["since"]?.string, let old = RPCVersion(text), let new = RPCVersion(since),
            old.major < new.major
        {
            return nil
        }
        for (name, members, now) in [
            ("fields", recorded["fields"], fields), ("reply", recorded["reply"], reply ?? [:]),
        ] {
            let before = (members?.object ?? [:]).compactMapValues(\.string)
            if let gone = before.keys.sorted().first(where: { now[$0] != before[$0] }) {
                return "\(key): \(gone) of its \(name) was \(before[gone] ?? ""), and is \(now[gone] ?? "gone")"
            }
            if let new = now.keys.sorted().first(where: { before[$0] == nil && now[$0]?.hasSuffix("?") == false }) {
                return "\(key): \(new) is new in its \(name) and must be optional"
            }
        }
        return nil
    }
}
