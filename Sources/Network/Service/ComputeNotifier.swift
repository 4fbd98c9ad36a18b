package import Core
package import Database
import FoundationEssentials
package import IdentityClient
package import Logging
import Synchronization

/// Tells compute what happened to its servers' ports: `POST /os-server-external-events`, from rows written with the
/// change itself, again and again until it is heard or an hour has passed.
package final class ComputeNotifier: Sendable {
    private let database: Database
    private let session: ServiceSession
    private let clock: WallClock
    private let logger: Logger
    private let signal: AsyncStream<Void>
    private let trigger: AsyncStream<Void>.Continuation

    package init(database: Database, session: ServiceSession, clock: WallClock, logger: Logger) {
        self.database = database
        self.session = session
        self.clock = clock
        self.logger = logger
        (signal, trigger) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Looks for events now.
    package func wake() { trigger.yield() }

    package func run() async throws {
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [trigger] in
                while true {
                    try await Task.sleep(for: .seconds(1))
                    trigger.yield()
                }
            }
            for await _ in signal {
                do {
                    while try await deliver() {}
                } catch is CancellationError {
                    break
                } catch {
                    logger.warning("Events for compute wait", metadata: ["error": "\(String(reflecting: error))"])
                }
            }
            group.cancelAll()
        }
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
