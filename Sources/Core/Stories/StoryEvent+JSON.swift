import FoundationEssentials

extension StoryEvent {
    private static let longestText = 300

    /// Writes it as one line. The keys are short, because the store's size is what is limited.
    func write(to json: inout JSONWriter, from source: StorySource) {
        json.object { json in
            json.field("t", Int(endedAt.microsecondsSince1970))
            json.field("us", Int(microseconds))
            json.field("d", source.daemon)
            json.field("h", source.host)
            json.field("p", source.process)
            json.field("k", kind.rawValue)
            json.field("r", requestID)
            if let globalRequestID { json.field("g", globalRequestID) }
            if let userID { json.field("u", userID) }
            if let projectID { json.field("pr", projectID) }
            json.field("v", Self.short(verb, 16))
            json.field("n", Self.short(name, Self.longestText))
            json.field("o", Self.short(outcome, 32))
            if let peer { json.field("to", Self.short(peer, 64)) }
            if let saga { json.field("s", saga) }
            let ids = ids.filter(isUUIDLike)
            if !ids.isEmpty { json.field("i", Array(ids.prefix(4))) }
            if let detail { json.field("e", Self.short(detail, Self.longestText)) }
        }
    }

    private static func short(_ text: String, _ limit: Int) -> String {
        text.utf8.count <= limit ? text : String(text.prefix(limit)) + "…"
    }
}

/// The process that an event was written by.
public struct StorySource: Sendable, Hashable {
    public let daemon: String
    public let host: String
    public let process: Int

    public init(daemon: String, host: String, process: Int) {
        self.daemon = daemon
        self.host = host
        self.process = process
    }
}

/// An event as it was kept, with who wrote it.
public struct ToldEvent: Sendable, Hashable {
    public let source: StorySource
    public let event: StoryEvent

    /// Nil for a line that is no event: one that was cut off when its writer was killed.
    public init?(line: some Collection<UInt8>) {
        let value: JSONValue
        do { value = try JSONValue.parse(Array(line)) } catch { return nil }
        self.init(value)
    }

    public init?(_ value: JSONValue) {
        guard let kind = value["k"]?.string.flatMap(StoryEvent.Kind.init), let time = value["t"]?.int,
            let request = value["r"]?.string, let name = value["n"]?.string
        else { return nil }
        var context = RequestContext(requestID: request, globalRequestID: value["g"]?.string)
        context.userID = value["u"]?.string.map { UserID($0) }
        context.projectID = value["pr"]?.string.map { ProjectID($0) }
        source = StorySource(
            daemon: value["d"]?.string ?? "", host: value["h"]?.string ?? "",
            process: value["p"]?.int ?? 0)
        event = StoryEvent(
            kind, context, verb: value["v"]?.string ?? "", name: name, outcome: value["o"]?.string ?? "",
            endedAt: Date(microsecondsSince1970: Int64(time)),
            took: .microseconds(value["us"]?.int ?? 0), peer: value["to"]?.string,
            saga: value["s"]?.string, ids: (value["i"]?.array ?? []).compactMap(\.string), detail: value["e"]?.string)
    }
}
