package import FoundationEssentials

/// A daemon of the compute service, by its heartbeats.
package struct ComputeService: Sendable {
    package var id: String
    package var host: String
    /// Nova's names, which clients look for: `nova-compute`, `nova-conductor`, `nova-scheduler`.
    package var binary: String
    package var isDisabled: Bool
    package var disabledReason: String?
    package var isForcedDown: Bool
    package var lastSeenAt: Date?
    package var createdAt: Date
    package var updatedAt: Date?

    /// A host is down when it has not been heard of for this long: six missed heartbeats.
    package static let downAfterSeconds: Double = 60

    package init(
        id: String, host: String, binary: String, isDisabled: Bool = false, disabledReason: String? = nil,
        isForcedDown: Bool = false, lastSeenAt: Date? = nil, createdAt: Date, updatedAt: Date? = nil
    ) {
        self.id = id
        self.host = host
        self.binary = binary
        self.isDisabled = isDisabled
        self.disabledReason = disabledReason
        self.isForcedDown = isForcedDown
        self.lastSeenAt = lastSeenAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    package func isUp(at now: Date) -> Bool {
        guard !isForcedDown, let lastSeenAt else { return false }
        return now.timeIntervalSince(lastSeenAt) <= Self.downAfterSeconds
    }
}
