package import Core
package import Database
import FoundationEssentials
package import Logging
package import OVSDB

/// Makes OVN follow the database: every subject noted as changed right after its commit, and everything when a
/// session with OVN begins and by timer. It sleeps until it is woken or the next note is due. Each step compares and repairs, so that it can be repeated, cut short, or
/// done by two daemons at once.
package actor OVNDriver {
    private let database: Database
    private let northbound: OVSDBClient
    private let southbound: OVSDBClient
    private let options: NetworkOptions
    private let ovn: OVNOptions
    private let clock: WallClock
    private let logger: Logger
    private let portsChanged: @Sendable () -> Void
    private let signal = Signal()
    private var mustCompareAll = true
    private var comparedAt: Date?

    /// - Parameter portsChanged: called when ports' status was written, and with it events for compute.
    package init(
        database: Database, northbound: OVSDBClient, southbound: OVSDBClient, options: NetworkOptions,
        ovn: OVNOptions, clock: WallClock, logger: Logger, portsChanged: @escaping @Sendable () -> Void = {}
    ) {
        self.database = database
        self.northbound = northbound
        self.southbound = southbound
        self.options = options
        self.ovn = ovn
        self.clock = clock
        self.logger = logger
        self.portsChanged = portsChanged
    }

    /// Looks for noted changes now.
    package nonisolated func wake() { signal.raise() }

    /// Compares everything at the next turn: the session is new, or a gateway host came or went.
    package func compareAll() {
        mustCompareAll = true
        wake()
    }

    /// Works until cancelled.
    package func run() async throws {
        while !Task.isCancelled {
            var pause = Duration.seconds(1)
            do {
                try await turn()
                pause = try await idleTime()
            } catch is CancellationError {
                break
            } catch {
                logger.warning("OVN could not be made to follow", metadata: ["error": "\(String(reflecting: error))"])
            }
            await signal.wait(atMost: pause)
        }
    }

    /// How long there is nothing to do, as far as is known: until a note is due that could not be dealt with, or the
    /// next comparison. A session that begins wakes the driver.
    private func idleTime() async throws -> Duration {
        guard await northbound.isConnected else { return ovn.lookoutInterval }
        let now = clock.now()
        var pause = ovn.lookoutInterval
        if let comparedAt {
            pause = min(pause, ovn.reconcileInterval - .seconds(now.timeIntervalSince(comparedAt)))
        }
        let row = try await database.first("SELECT not_before FROM ovn_changes ORDER BY not_before LIMIT 1")
        if let due: Date = try row?.get("not_before") {
            pause = min(pause, .seconds(due.timeIntervalSince(now)))
        }
        return max(pause, .milliseconds(20))
    }

    private func turn() async throws {
        guard await northbound.isConnected else { return }
        let now = clock.now()
        if let comparedAt, now.timeIntervalSince(comparedAt) > ovn.reconcileInterval.seconds { mustCompareAll = true }
        if mustCompareAll {
            mustCompareAll = false
            do {
                try await compareEverything()
                comparedAt = now
            } catch {
                mustCompareAll = true
                throw error
            }
        }
        while try await processDue() {}
    }

    // MARK: Noted changes

    /// Brings a batch of noted changes to OVN. A note goes only if nothing was noted after it was read.
    private func processDue() async throws -> Bool {
        let now = clock.now()
        let rows = try await database.query(
            """
            SELECT subject, sequence, attempts FROM ovn_changes WHERE not_before <= \(now)
            ORDER BY queued_at LIMIT 100
            """)
        var subjects: [OVNSubject] = []
        var sequences: [OVNSubject: (sequence: Int64, attempts: Int)] = [:]
        for row in rows {
            let text: String = try row.get("subject")
            guard let subject = OVNSubject(text) else {
                try await database.execute("DELETE FROM ovn_changes WHERE subject = \(text)")
                continue
            }
            subjects.append(subject)
            sequences[subject] = (try row.get("sequence"), try row.get("attempts"))
        }
        guard !subjects.isEmpty else { return false }
        let outcomes = try await ensure(subjects)
        for (subject, note) in sequences {
            if outcomes[subject] == .failed {
                let delay = min(60.0, 0.25 * Double(1 << min(note.attempts, 8)))
                try await database.execute(
                    """
                    UPDATE ovn_changes SET attempts = attempts + 1, not_before = \(now.addingTimeInterval(delay))
                    WHERE subject = \(subject.text) AND sequence = \(note.sequence)
                    """)
                continue
            }
            let taken = try await database.execute(
                "DELETE FROM ovn_changes WHERE subject = \(subject.text) AND sequence = \(note.sequence)")
            // Another daemon took the note, perhaps of a later change that this one then overwrote: look once more.
            if taken == 0, outcomes[subject] == .written { try await requeue([subject], after: 0) }
        }
        return rows.count == 100 && !outcomes.values.contains(.failed)
    }

    // MARK: Comparing

    private enum Outcome {
        case unchanged, written
        /// Could not be brought to OVN now.
        case failed
    }

    private func ensure(_ subjects: [OVNSubject]) async throws -> [OVNSubject: Outcome] {
        let loader = await loader()
        let desired = try await database.transaction("load for OVN") { try loader.rows(for: subjects, $0) }
        var outcomes: [OVNSubject: Outcome] = [:]
        for subject in Self.ordered(subjects) { outcomes[subject] = try await ensure(subject, desired[subject] ?? []) }
        return outcomes
    }

    /// What others refer to comes first when it is made; what is gone goes in any order.
    private static func ordered(_ subjects: [OVNSubject]) -> [OVNSubject] {
        func rank(_ subject: OVNSubject) -> Int {
            switch subject {
            case .common: 0
            case .network: 1
            case .securityGroup: 2
            case .port: 3
            case .router: 4
            }
        }
        return subjects.sorted { rank($0) < rank($1) }
    }

    private func ensure(_ subject: OVNSubject, _ rows: [OVNRow]) async throws -> Outcome {
        for attempt in 0..<3 {
            do {
                let operations = try await plan(subject, rows)
                if operations.isEmpty { return .unchanged }
                try await northbound.transact(operations + [.comment("apus: \(subject.text)")])
                return .written
            } catch let missing as OVNPlan.Missing {
                logger.debug(
                    "Waiting for another row in OVN",
                    metadata: ["subject": "\(subject.text)", "row": "\(missing.key.table) \(missing.key.name)"])
                return .failed
            } catch let error as OVSDBError {
                guard case .operation(_, let name, let details) = error else { throw error }
                // A wait that did not hold: somebody else wrote the row. Look again.
                if attempt < 2, Self.staleErrors.contains(name) { continue }
                logger.error(
                    "OVN refused a change",
                    metadata: ["subject": "\(subject.text)", "error": "\(name)", "details": "\(details ?? "")"])
                return .failed
            }
        }
        return .failed
    }

    private static let staleErrors: Set<String> = [
        "timed out", "constraint violation", "referential integrity violation",
    ]

    /// The replica is let go of before a transaction changes it: a copy still held would cost one of a whole table.
    private func plan(_ subject: OVNSubject, _ rows: [OVNRow]) async throws -> [OVSDBOperation] {
        guard let replica = await northbound.replica else { throw OVSDBError.notConnected("OVN_Northbound") }
        return try OVNPlan.operations(owner: subject.text, desired: rows, replica)
    }

    /// The subjects that OVN has rows of.
    private func subjectsInOVN() async throws -> Set<OVNSubject> {
        guard let replica = await northbound.replica else { throw OVSDBError.notConnected("OVN_Northbound") }
        return Set(OVNTables.written.flatMap { replica.owners($0) }.compactMap { OVNSubject($0) })
    }

    private func loader() async -> OVNLoader {
        OVNLoader(options: options, ovn: ovn, chassis: await southbound.replica?.rows("Chassis") ?? [])
    }

    /// Compares every subject of the database, and every one that OVN still has rows of.
    private func compareEverything() async throws {
        var stale = try await subjectsInOVN()
        stale.remove(.common)
        _ = try await ensure([.common])
        for kind in [ResourceType.networks, .securityGroups, .ports, .routers] {
            var after = ""
            while true {
                let rows = try await database.query(
                    "SELECT id FROM \(identifier: kind.table) WHERE id > \(after) ORDER BY id LIMIT 200")
                let subjects = try rows.map { OVNSubject(kind, try $0.get("id")) }
                guard let last = subjects.last else { break }
                after = last.id
                stale.subtract(subjects)
                let failed = try await ensure(subjects).filter { $0.value == .failed }
                try await requeue(failed.keys, after: 1)
                try await updateStatuses(subjects)
            }
        }
        if !stale.isEmpty { _ = try await ensure(stale.sorted { $0.text < $1.text }) }
        logger.info("OVN compared with the database")
    }

    private func requeue(_ subjects: some Collection<OVNSubject>, after seconds: Double) async throws {
        let now = clock.now()
        for subject in subjects {
            try await database.execute(
                """
                INSERT INTO ovn_changes (subject, sequence, queued_at, attempts, not_before)
                VALUES (\(subject.text), UUID_SHORT(), \(now), 0, \(now.addingTimeInterval(seconds)))
                ON DUPLICATE KEY UPDATE sequence = UUID_SHORT()
                """)
        }
    }

    private func updateStatuses(_ subjects: [OVNSubject]) async throws {
        guard let replica = await northbound.replica else { return }
        var up: [String: Bool] = [:]
        for case .port(let id) in subjects {
            if let row = replica.find("Logical_Switch_Port", key: id) { up[id] = row.boolean("up") ?? false }
        }
        try await PortStatus.apply(up, database, clock)
        portsChanged()
    }
}
