public import FoundationEssentials

/// One thing that a daemon did for a request: a line of that request's story.
///
/// It holds names and ids only. No body, no header, no query, no token ever gets here; what an error tells
/// is its public message.
public struct StoryEvent: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        /// A request that this daemon answered.
        case request
        /// A request that it made to another service.
        case outgoing
        /// A message that it sent.
        case sent
        /// A message that it handled.
        case handled
        /// What became of a workflow's step.
        case step
    }

    public var kind: Kind
    public var endedAt: Date
    public var microseconds: Int64
    public var requestID: String
    public var globalRequestID: String?
    public var userID: String?
    public var projectID: String?
    /// Method of a request, kind of a message, phase of a step.
    public var verb: String
    /// Route, message or step.
    public var name: String
    /// Status, `ok`, or an error's code.
    public var outcome: String
    /// The other service, the topic, or the workflow's name.
    public var peer: String?
    public var saga: String?
    /// What it was about, by id. Values that are no UUIDs are left out when it is written: they are users' text.
    public var ids: [String]
    public var detail: String?

    public init(
        _ kind: Kind, _ context: RequestContext, verb: String, name: String, outcome: String, endedAt: Date,
        took: Duration, peer: String? = nil, saga: String? = nil, ids: [String] = [], detail: String? = nil
    ) {
        self.kind = kind
        self.endedAt = endedAt
        let (seconds, attoseconds) = took.components
        microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        requestID = context.requestID
        globalRequestID = context.globalRequestID
        userID = context.userID?.rawValue
        projectID = context.projectID?.rawValue
        self.verb = verb
        self.name = name
        self.outcome = outcome
        self.peer = peer
        self.saga = saga
        self.ids = ids
        self.detail = detail
    }

    public var startedAt: Date { endedAt.addingTimeInterval(-Double(microseconds) / 1_000_000) }

    /// Reading that went well, and messages that no user's request caused: there are so many of them that
    /// they have a store of their own, lest they push out what changed something.
    public var isRoutine: Bool {
        switch kind {
        case .request, .outgoing:
            (verb == "GET" || verb == "HEAD") && (outcome.hasPrefix("2") || outcome.hasPrefix("3"))
        case .sent, .handled: userID == nil && outcome == "ok"
        case .step: false
        }
    }
}

/// How an error is told in a story: its code, for the outcome.
public func storyOutcome(_ error: any Error) -> String {
    if let error = error as? ServiceError { return error.code.name }
    return error is CancellationError ? "cancelled" : ServiceError.Code.internal.name
}

/// Its public message, for the detail.
public func storyDetail(_ error: any Error) -> String? { (error as? ServiceError)?.message }
