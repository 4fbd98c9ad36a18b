import ComputeStore
import Core
import Database
import FoundationEssentials
import Logging
import Messaging
import Notifications
import TestSupport
import Testing
import Workflow

/// From the outbox to RabbitMQ and to memory.
@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct NotificationRelayTests {
    private let clock = ManualClock(Date(timeIntervalSince1970: 1_700_000_000))

    private func with(_ body: (Database) async throws -> Void) async throws {
        try await TestServices.withDatabase(service: "compute", migrations: computeMigrations, poolSize: 4, body)
    }

    private func add(_ count: Int, of subject: String, to database: Database) async throws {
        try await database.transaction("facts") { transaction in
            for index in 0..<count {
                let message: JSONValue = [
                    "message_id": .string("\(subject)-\(index)"), "event_type": "instance.update", "priority": "INFO",
                    "payload": .integer(Int64(index)),
                ]
                try Outbox.add(topic: ServerNotices.topic, subject: subject, message, in: transaction)
            }
        }
    }

    private func waiting(_ database: Database) async throws -> Int {
        try await database.first("SELECT COUNT(*) AS found FROM outbox")?.get("found") ?? -1
    }

    private func relay(_ database: Database, _ broker: any MessageBroker, _ topic: String) -> NotificationRelay {
        NotificationRelay(
            database: database, broker: broker, owner: "ctl:1",
            to: NotificationRelay.Destination(exchange: "nova", topics: [topic], isDurable: true), clock: clock.clock)
    }

    /// What a queue has received, as oslo.messaging's reader unpacks it.
    private func received(_ delivery: Delivery) throws -> JSONValue {
        let envelope = try JSONValue(parsing: String(decoding: delivery.body, as: UTF8.self))
        #expect(envelope["oslo.version"]?.string == "2.0")
        return try JSONValue(parsing: envelope["oslo.message"]?.string ?? "")
    }

    private func expectAll(_ broker: any MessageBroker) async throws {
        try await with { database in
            let topic = "test-\(IDGenerator.random.hex())"
            try await add(20, of: "a", to: database)
            try await add(20, of: "b", to: database)
            // Before anybody reads: they are kept.
            try await eventually("all are sent") {
                // A slow disk may take longer than one call waits; the rest goes with the next.
                do { try await relay(database, broker, topic).drain() } catch { return false }
                return try await waiting(database) == 0
            }
            let seen = Locked<[JSONValue]>([])
            let subscription = try await broker.subscribe(
                to: .notifications("\(topic).info", isDurable: true), prefetch: 100
            ) { delivery in
                do {
                    let message = try received(delivery)
                    seen.withLock { $0.append(message) }
                } catch {
                    Issue.record(error)
                }
                delivery.settle(.done)
            }
            try await eventually("all are there") {
                Set(seen.withLock { $0 }.compactMap { $0["message_id"]?.string }).count == 40
            }
            await subscription.cancel()
            for subject in ["a", "b"] {
                let ids = seen.withLock { $0 }.compactMap { $0["message_id"]?.string }.filter { $0.hasPrefix(subject) }
                // One whose confirmation came too late is sent again, before what follows it.
                let first = ids.enumerated().filter { ids.firstIndex(of: $0.element) == $0.offset }.map(\.element)
                #expect(first == (0..<20).map { "\(subject)-\($0)" })
            }
        }
    }

    private func eventually(_ what: Comment, _ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while try await !condition() {
            try #require(ContinuousClock.now < end, what)
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    @Test func messagesOfAServerArriveInOrder() async throws { try await expectAll(InMemoryBroker()) }

    @Test(.enabled(if: TestServices.isBrokerAvailable)) func rabbitMQKeepsThemForOslosReaders() async throws {
        let options = try MessagingOptions(url: TestServices.rabbitMQURL ?? "")
        let broker = AMQPBroker(options, name: "test", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await expectAll(broker)
        await broker.close()
    }

    @Test(.enabled(if: TestServices.isBrokerAvailable))
    func aQueueThatSomebodyDeclaredOtherwiseHarmsNothingElse() async throws {
        let options = try MessagingOptions(url: TestServices.rabbitMQURL ?? "")
        let broker = AMQPBroker(options, name: "test", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await with { database in
            let topic = "test-\(IDGenerator.random.hex())"
            let other = try await broker.subscribe(to: .transient("\(topic).info"), prefetch: 1) { $0.settle(.done) }
            try await add(1, of: "a", to: database)
            try await eventually("it is refused") {
                do {
                    try await relay(database, broker, topic).drain()
                    Issue.record("the queue took it")
                    return true
                } catch let error as ServiceError {
                    // A busy machine may take longer than one call waits.
                    return error.code == .conflict
                }
            }
            #expect(try await waiting(database) == 1)
            // The connection is still of use, and when the queue is gone the message goes.
            await other.cancel()
            try await eventually("it is sent") {
                do { try await relay(database, broker, topic).drain() } catch { return false }
                return try await waiting(database) == 0
            }
        }
        await broker.close()
    }

    @Test func aRelayThatDiesAfterSendingLosesNothing() async throws {
        try await with { database in
            try await add(3, of: "a", to: database)
            let sent = Locked<[String]>([])
            let dying = Task { [clock] in
                try await Outbox.publish(database, owner: "ctl:1", now: clock.clock.now()) { message in
                    sent.withLock { $0.append(message.payload["message_id"]?.string ?? "") }
                    // Killed before it can forget what it sent.
                    if sent.withLock({ $0.count }) == 2 { try await Task.sleep(for: .seconds(3600)) }
                }
            }
            try await eventually("two are sent") { sent.withLock { $0.count } == 2 }
            // While it might still be at it, nobody else sends what comes after.
            #expect(try await Outbox.publish(database, owner: "ctl:2", now: clock.clock.now()) { _ in } == 0)
            clock.advance(by: .seconds(11))
            let count = try await Outbox.publish(database, owner: "ctl:2", now: clock.clock.now()) { message in
                sent.withLock { $0.append(message.payload["message_id"]?.string ?? "") }
            }
            #expect(count == 3)
            #expect(sent.withLock { $0 } == ["a-0", "a-1", "a-0", "a-1", "a-2"])
            dying.cancel()
            _ = await dying.result
            #expect(try await waiting(database) == 0)
        }
    }

    @Test func aServersMessageThatFailsHoldsBackItsLaterOnesOnly() async throws {
        try await with { database in
            try await add(2, of: "a", to: database)
            try await add(2, of: "b", to: database)
            await #expect(throws: ServiceError.self) {
                _ = try await Outbox.publish(database, owner: "ctl:1", now: clock.clock.now()) { message in
                    if message.subject == "a" { throw ServiceError(.unavailable, "no broker") }
                }
            }
            let rows = try await database.query("SELECT payload FROM outbox ORDER BY number")
            #expect(try rows.allSatisfy { try $0.get("payload", as: JSONValue.self)["subject"]?.string == "a" })
            #expect(rows.count == 2)
            // Given back at once: another may try.
            #expect(try await Outbox.publish(database, owner: "ctl:2", now: clock.clock.now()) { _ in } == 2)
        }
    }
}
