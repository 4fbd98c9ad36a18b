public import FoundationEssentials

/// Which sagas an operator asks for.
public struct SagaFilter: Sendable {
    public var unfinishedOnly = true
    /// Empty: any.
    public var statuses: [SagaRecord.Status] = []
    public var name: String?
    public var subject: String?
    public var createdBefore: Date?
    /// The request that began it, or that request's own cause.
    public var request: String?
    /// An id that is its subject, or, while it is not over, stands in its state.
    public var mentions: String?
    public var limit = 100

    public init(unfinishedOnly: Bool = true, subject: String? = nil, limit: Int = 100) {
        self.unfinishedOnly = unfinishedOnly
        self.subject = subject
        self.limit = limit
    }
}
