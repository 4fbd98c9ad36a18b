import Core
import Messaging
import Testing

extension BrokerTests {
    /// What becomes of a call whose message was handed over and whose connection broke before the broker had it.
    @Suite(.enabled(if: RabbitMQUnderTest.url != nil, "APUS_TEST_RABBITMQ_URL is not set"), .serialized)
    struct LostConnectionTests {
        private let instance = "i-\(IDGenerator.random.hex())"
        private let seen = Seen()

        private func server(_ test: BrokerUnderTest) -> RPCServer {
            var handlers = RPCHandlers()
            handlers.on(Twice.self) { [seen] call, _ in
                _ = seen.add("\(call.number)")
                return call.number * 2
            }
            return RPCServer(test.broker, topic: TestTopic.self, instance: instance, handlers: handlers, logger: quiet)
        }

        private func proxied() throws -> (CuttableProxy, BrokerUnderTest) {
            let options = try MessagingOptions(url: RabbitMQUnderTest.url ?? "amqp://localhost")
            let proxy = try CuttableProxy(to: options.port)
            let test = try BrokerUnderTest(.rabbitMQ) {
                $0.host = "127.0.0.1"
                $0.port = proxy.port
            }
            return (proxy, test)
        }

        /// Calls until it is answered: the server may not listen yet, the connection not be back.
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

        @Test func aCallThatWasLostWithItsConnectionIsSentAgainAndAnsweredOnce() async throws {
            let direct = try BrokerUnderTest(.rabbitMQ)
            let (proxy, test) = try proxied()
            let client = RPCClient(test.broker)
            let reply = try await serving(server(direct)) {
                _ = try await double(client, 1)
                proxy.swallowRequests()
                async let lost = client.call(Twice(number: 21), at: instance, someone)
                // Long enough for it to be written; were it not, it would simply be sent for the first time.
                try await Task.sleep(for: .milliseconds(300))
                #expect(!seen.all.contains("21"))
                proxy.cut()
                return try await lost
            }
            #expect(reply == 42)
            #expect(seen.all.filter { $0 == "21" }.count == 1)
            proxy.close()
            await test.close()
            await direct.close()
        }

        @Test func aCallWhoseCallerGaveUpBeforeTheConnectionCameBackIsNotMadeAnyMore() async throws {
            let direct = try BrokerUnderTest(.rabbitMQ)
            let (proxy, test) = try proxied()
            let client = RPCClient(test.broker)
            try await serving(server(direct)) {
                _ = try await double(client, 1)
                proxy.swallowRequests()
                let error = await #expect(throws: ServiceError.self) {
                    try await client.call(
                        Twice(number: 21), at: instance, someone, timeout: .milliseconds(300))
                }
                #expect(error?.code == .timeout)
                proxy.cut()
                // Answered in the order of sending, were the first one sent again.
                #expect(try await double(client, 5) == 10)
            }
            #expect(!seen.all.contains("21"))
            proxy.close()
            await test.close()
            await direct.close()
        }

        @Test(.timeLimit(.minutes(5))) func aSubscriptionEndsThoughItsConnectionBreaksMeanwhile() async throws {
            let direct = try BrokerUnderTest(.rabbitMQ)
            let (proxy, test) = try proxied()
            let queue = "cancelled.\(instance)"
            let cancelled = try await test.broker.subscribe(to: .transient(queue), prefetch: 1) { _ in }
            proxy.swallowRequests()
            async let end: Void = cancelled.cancel()
            try await Task.sleep(for: .milliseconds(300))
            proxy.cut()
            await end
            // On the new connection, after what was consumed on the old one.
            let other = try await test.broker.subscribe(to: .transient("other.\(instance)"), prefetch: 1) { _ in }
            let error = await #expect(throws: ServiceError.self) {
                try await direct.broker.publish(
                    OutgoingMessage(to: .queue(queue), id: "1", type: "text", headers: [:], body: []))
            }
            #expect(error?.code == .unavailable)
            await other.cancel()
            proxy.close()
            await test.close()
            await direct.close()
        }

        @Test func aCallWhoseAnswerWasLostWithTheServersConnectionIsHandledAgain() async throws {
            let direct = try BrokerUnderTest(.rabbitMQ)
            let (proxy, test) = try proxied()
            let client = RPCClient(direct.broker)
            let reply = try await serving(server(test)) {
                _ = try await double(client, 1)
                proxy.swallowRequests()
                async let lost = client.call(Twice(number: 21), at: instance, someone)
                try await eventually("it is handled") { seen.all.contains("21") }
                try await Task.sleep(for: .milliseconds(300))
                proxy.cut()
                return try await lost
            }
            #expect(reply == 42)
            #expect((1...2).contains(seen.all.filter { $0 == "21" }.count))
            proxy.close()
            await test.close()
            await direct.close()
        }
    }
}
