package import Core
package import Database
import FoundationEssentials
package import IdentityClient
package import Logging

/// Tells compute what happened to its servers' ports: `POST /os-server-external-events`, from rows written with the
/// change itself, again and again until it is heard or an hour has passed.
package final class ComputeNotifier: Sendable {
    private let database: Database
    private let session: ServiceSession
    private let clock: WallClock
    private let logger: Logger
    private let lookout: Duration
    private let signal = Signal()

    /// - Parameter lookout: how often events are looked for that another copy of the daemon left behind.
    package init(
        database: Database, session: ServiceSession, lookout: Duration, clock: WallClock, logger: Logger
    ) {
        self.database = database
        self.session = session
        self.clock = clock
        self.logger = logger
        self.lookout = lookout
    }

    /// Looks for events now.
    package func wake() { signal.raise() }

    package func run() async throws {
        while !Task.isCancelled {
            var pause = lookout
            do {
                while try await deliver() {}
                pause = try await idleTime()
            } catch is CancellationError {
                break
            } catch {
                pause = min(pause, .seconds(1))
                logger.warning("Events for compute wait", metadata: ["error": "\(String(reflecting: error))"])
            }
            await signal.wait(atMost: pause)
        }
    }

    /// Until the next event is due that compute did not take.
    private func idleTime() async throws -> Duration {
        let row = try await database.first("SELECT not_before FROM compute_events ORDER BY not_before LIMIT 1")
        guard let due: Date = try row?.get("not_before") else { return lookout }
        return min(lookout, max(.milliseconds(20), .seconds(due.timeIntervalSince(clock.now()))))
    }

    /// Sends a batch. Delivered twice is harmless: compute takes them as facts.
    private func deliver() async throws -> Bool {
        let now = clock.now()
        let rows = try await database.query(
            """
            SELECT id, name, server_id, tag, status, queued_at, attempts FROM compute_events
            WHERE not_before <= \(now) ORDER BY id LIMIT 50
            """)
        guard !rows.isEmpty else { return false }
        var events: [JSONValue] = []
        var ids: [Int64] = []
        var attempts = 0
        for row in rows {
            ids.append(try row.get("id"))
            attempts = max(attempts, try row.get("attempts"))
            events.append([
                "name": .string(try row.get("name")), "server_uuid": .string(try row.get("server_id")),
                "tag": .string(try row.get("tag")), "status": .string(try row.get("status")),
            ])
        }
        do {
            try await send(events)
            try await database.execute("DELETE FROM compute_events WHERE id IN \(anyOf: ids)")
        } catch {
            logger.info("Compute did not take events", metadata: ["error": "\(String(reflecting: error))"])
            let delay = min(30.0, 0.5 * Double(1 << min(attempts, 8)))
            try await database.execute(
                """
                UPDATE compute_events SET attempts = attempts + 1, not_before = \(now.addingTimeInterval(delay))
                WHERE id IN \(anyOf: ids)
                """)
            try await database.execute(
                "DELETE FROM compute_events WHERE queued_at < \(now.addingTimeInterval(-3600))")
            return false
        }
        return rows.count == 50
    }

    private func send(_ events: [JSONValue]) async throws {
        do {
            _ = try await session.request(
                .post, "/os-server-external-events", json: ["events": .array(events)], context: .system())
        } catch let error as ServiceError where error.code == .notFound {
            // None of these servers exists any more.
        }
    }
}
