import Core
import Database

/// What waits in the databases to be told to others.
struct OutboxesCheck: DoctorCheck {
    let name = "outboxes"
    let summary = "changes for OVN, events for compute and messages for the outside do not wait for long"

    private struct Box: Sendable {
        let service: String
        let table: StaticString
        /// The column that says when a row came.
        var since: StaticString = "created_at"
        let what: String
        var advice = "see the daemon's log"
    }

    private static let boxes = [
        Box(
            service: "network", table: "ovn_changes", since: "queued_at", what: "changes to be brought to OVN",
            advice: "see network's log: OVN refuses them or cannot be reached"),
        Box(
            service: "network", table: "compute_events", since: "queued_at", what: "events to be told to compute-api",
            advice: "see network's log: compute-api cannot be reached"),
        Box(service: "identity", table: "outbox", what: "messages of identity"),
        Box(service: "compute", table: "outbox", what: "messages of compute"),
        Box(service: "block-storage", table: "outbox", what: "messages of block-storage"),
        Box(service: "image", table: "outbox", what: "messages of image"),
    ]
    /// Seconds.
    private static let patience = 30

    func run(_ cloud: Cloud) async throws -> [Finding] {
        var findings: [Finding] = []
        for box in Self.boxes where cloud.isConfigured(box.service) {
            let row = try await cloud.database(box.service).first(
                """
                SELECT COUNT(*) AS count, CAST(COALESCE(MAX(TIMESTAMPDIFF(
                    SECOND, \(identifier: box.since), UTC_TIMESTAMP(6))), 0) AS SIGNED) AS age
                FROM \(identifier: box.table)
                """)
            guard let row, try row.get("age", as: Int.self) > Self.patience else { continue }
            findings.append(
                Finding(
                    .warning, .mismatch, box.what,
                    "\(try row.get("count", as: Int.self)) wait, the oldest for \(try row.get("age", as: Int.self)) s",
                    advice: box.advice))
        }
        return findings
    }
}
