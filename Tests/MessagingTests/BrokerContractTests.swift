import Core
import FoundationEssentials
import Messaging
import Testing

/// One after the other, because some of them stop the broker.
@Suite(.serialized) enum BrokerTests {}

/// A clock whose pauses are over at once.
private struct Impatient: Clock {
    var now: ContinuousClock.Instant { .now }
    var minimumResolution: Duration { .zero }
    func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {}
}

extension BrokerTests {
    @Suite("Contract of every message broker", .serialized)
    struct BrokerContractTests {
        let instance = "i-\(IDGenerator.random.hex())"

        private func server(
            _ test: BrokerUnderTest, timer: any Clock<Duration> = ContinuousClock(),
            _ build: (inout RPCHandlers) -> Void
        ) -> RPCServer {
            var handlers = RPCHandlers()
            build(&handlers)
            return RPCServer(
                test.broker, topic: TestTopic.self, instance: instance, handlers: handlers, logger: quiet,
                timer: timer)
        }

        /// Calls until a server listens.
        private func double(_ client: RPCClient, _ number: Int) async throws -> Int {
            let end = ContinuousClock.now + .seconds(30)
            while true {
                do {
                    return try await client.call(Twice(number: number), at: instance, someone)
                } catch let error as ServiceError where error.code == .unavailable && ContinuousClock.now < end {
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
        }

        @Test(arguments: BrokerKind.available)
        func aCallIsAnsweredWithItsContext(kind: BrokerKind) async throws {
            let test = try BrokerUnderTest(kind)
            let seen = Seen()
            let answering = server(test) {
                $0.on(Twice.self) { call, context in
                    _ = seen.add("\(context.userID?.rawValue ?? "-") \(context.deadline != nil)")
                    return call.number * 2
                }
            }
            let client = RPCClient(test.broker)
            let replies = try await serving(answering) {
                _ = try await double(client, 1)
                return try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 1...100 {
                        group.addTask { try await client.call(Twice(number: number), at: instance, someone) }
                    }
                    return try await group.reduce(0, +)
                }
            }
            #expect(replies == 10100)
            #expect(Set(seen.all) == ["u true"])
            await test.close()
        }

        @Test(arguments: BrokerKind.available)
        func anErrorComesBackWithItsCodeAndMessage(kind: BrokerKind) async throws {
            let test = try BrokerUnderTest(kind)
            let refusing = server(test) {
                $0.on(Twice.self) { call, _ in
                    if call.number == 0 { return 0 }
                    throw ServiceError(.conflict, "Server is busy.", detail: "private")
                }
            }
            let client = RPCClient(test.broker)
            let error = try await serving(refusing) {
                _ = try await double(client, 0)
                return await #expect(throws: ServiceError.self) {
                    try await client.call(Twice(number: 1), at: instance, someone)
                }
            }
            #expect(error?.code == .conflict)
            #expect(error?.message == "Server is busy.")
            #expect(error?.detail == "private")
            await test.close()
        }

        @Test(arguments: BrokerKind.available)
        func aCallThatNobodyListensToFailsAtOnce(kind: BrokerKind) async throws {
            let test = try BrokerUnderTest(kind)
            let client = RPCClient(test.broker)
            let start = ContinuousClock.now
            let error = await #expect(throws: ServiceError.self) {
                try await client.call(Twice(number: 1), at: "nobody-\(instance)", someone)
            }
            #expect(error?.code == .unavailable)
            #expect(ContinuousClock.now - start < .seconds(5))
            await test.close()
        }

        @Test(arguments: BrokerKind.available)
        func aCallThatTakesTooLongTimesOut(kind: BrokerKind) async throws {
            let test = try BrokerUnderTest(kind)
            let slow = server(test) {
                $0.on(Twice.self) { call, _ in
                    if call.number > 0 { try await Task.sleep(for: .seconds(60)) }
                    return 0
                }
            }
            let client = RPCClient(test.broker)
            let error = try await serving(slow) {
                _ = try await double(client, 0)
                return await #expect(throws: ServiceError.self) {
                    try await client.call(Twice(number: 1), at: instance, someone, timeout: .milliseconds(100))
                }
            }
            #expect(error?.code == .timeout)
            await test.close()
        }

        @Test(arguments: BrokerKind.available)
        func aCastWaitsForItsServer(kind: BrokerKind) async throws {
            let test = try BrokerUnderTest(kind)
            let client = RPCClient(test.broker)
            for number in 1...20 { try await client.cast(Store(text: "\(number)"), at: instance, someone) }
            let seen = Seen()
            let storing = server(test) { $0.on(Store.self) { cast, _ in _ = seen.add(cast.text) } }
            try await serving(storing) {
                try await eventually("all casts are handled") { seen.all.count == 20 }
            }
            #expect(Set(seen.all) == Set((1...20).map(String.init)))
            await test.close()
        }

        @Test(arguments: BrokerKind.available)
        func aCastWhoseDependencyIsAwayIsTriedAgain(kind: BrokerKind) async throws {
            let test = try BrokerUnderTest(kind)
            let client = RPCClient(test.broker)
            let seen = Seen()
            let failing = server(test) {
                $0.on(Store.self) { cast, _ in
                    if seen.add(cast.text) < 3 { throw ServiceError(.unavailable, "no database") }
                }
            }
            try await client.cast(Store(text: "x"), at: instance, someone)
            try await serving(failing) {
                try await eventually("the third attempt") { seen.all.count == 3 }
            }
            #expect(try await test.broker.depth(of: .durable("contract.\(instance)")) == 0)
            await test.close()
        }

        @Test(arguments: BrokerKind.available)
        func anOutageLongerThanTheBrokersLimitOfDeliveriesLosesNoCast(kind: BrokerKind) async throws {
            let test = try BrokerUnderTest(kind)
            let client = RPCClient(test.broker)
            let seen = Seen()
            let failing = server(test, timer: Impatient()) {
                $0.on(Store.self) { cast, _ in
                    if seen.add(cast.text) < 40 { throw ServiceError(.unavailable, "no database") }
                }
            }
            try await client.cast(Store(text: "x"), at: instance, someone)
            try await serving(failing) {
                try await eventually("the fortieth attempt") { seen.all.count == 40 }
            }
            #expect(try await test.broker.depth(of: .durable("contract.\(instance)")) == 0)
            await test.close()
        }

        @Test(arguments: BrokerKind.available)
        func aCastThatCannotBeHandledIsKeptWithItsError(kind: BrokerKind) async throws {
            let test = try BrokerUnderTest(kind)
            let client = RPCClient(test.broker)
            let refusing = server(test) { $0.on(Store.self) { _, _ in throw ServiceError(.badRequest, "nonsense") } }
            try await client.cast(Store(text: "x"), at: instance, someone)
            try await client.cast(Unknown(), at: instance, someone)
            let letters = Seen()
            let queue = "contract.\(instance)"
            try await serving(refusing) {
                let subscription = try await test.broker.subscribe(to: .deadLetters, prefetch: 10) { delivery in
                    if delivery.headers["apus-queue"] == queue {
                        _ = letters.add("\(delivery.type) \(delivery.headers["apus-error-code"] ?? "-")")
                    }
                    delivery.settle(.done)
                }
                try await eventually("both are among the dead letters") { letters.all.count == 2 }
                await subscription.cancel()
            }
            #expect(Set(letters.all) == ["store badRequest", "unknown notImplemented"])
            await test.close()
        }

        @Test(arguments: BrokerKind.available)
        func aFanoutReachesEveryServer(kind: BrokerKind) async throws {
            let test = try BrokerUnderTest(kind)
            let client = RPCClient(test.broker)
            let first = Seen()
            let second = Seen()
            func hearing(_ seen: Seen) -> RPCServer {
                var handlers = RPCHandlers()
                handlers.on(News.self) { news, _ in _ = seen.add(news.text) }
                return RPCServer(test.broker, topic: NewsTopic.self, handlers: handlers, logger: quiet)
            }
            try await client.fanout(News(text: "nobody hears this"), someone)
            try await serving(hearing(first), hearing(second)) {
                try await eventually("both hear") {
                    do { try await client.fanout(News(text: instance), someone) } catch { return false }
                    return first.all.contains(instance) && second.all.contains(instance)
                }
            }
            await test.close()
        }

        @Test(arguments: BrokerKind.available)
        func nothingIsLostWhenTheBrokerRestarts(kind: BrokerKind) async throws {
            let test = try BrokerUnderTest(kind) { $0.publishTimeout = .seconds(120) }
            let client = RPCClient(test.broker)
            let seen = Seen()
            let serverOfBoth = server(test) {
                $0.on(Store.self) { cast, _ in _ = seen.add(cast.text) }
                $0.on(Twice.self) { call, _ in call.number * 2 }
            }
            for number in 0..<10 { try await client.cast(Store(text: "before \(number)"), at: instance, someone) }
            try await serving(serverOfBoth) {
                _ = try await double(client, 1)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await test.restart() }
                    group.addTask {
                        for number in 0..<20 {
                            try await client.cast(Store(text: "during \(number)"), at: instance, someone)
                            try await Task.sleep(for: .milliseconds(50))
                        }
                    }
                    try await group.waitForAll()
                }
                try await client.cast(Store(text: "after"), at: instance, someone)
                try await eventually("all casts are handled", within: .seconds(60)) { Set(seen.all).count == 31 }
                #expect(try await double(client, 21) == 42)
            }
            await test.close()
        }

        @Test(arguments: BrokerKind.available)
        func aMessageTooLargeIsRefused(kind: BrokerKind) async throws {
            let test = try BrokerUnderTest(kind)
            let client = RPCClient(test.broker)
            let error = await #expect(throws: ServiceError.self) {
                try await client.cast(Store(text: String(repeating: "x", count: 17 << 20)), at: instance, someone)
            }
            #expect(error?.code == .tooLarge)
            await test.close()
        }

        @Test func theTestsKnowARealBroker() {
            if RabbitMQUnderTest.url == nil {
                print("APUS_TEST_RABBITMQ_URL is not set: only the in-memory broker is tested")
            }
        }
    }
}
