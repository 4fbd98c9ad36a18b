import Core
import Messaging
import Testing

extension BrokerTests {
    /// A broker that cannot show who it is gets nothing. That one who can is served is the contract suite's.
    @Suite(.enabled(if: RabbitMQUnderTest.urlOfTLS != nil, "APUS_TEST_RABBITMQ_TLS_URL is not set"), .serialized)
    struct TLSTests {
        private func expectRefusal(_ adjust: (inout MessagingOptions) -> Void) async throws {
            let test = try BrokerUnderTest(.rabbitMQOverTLS) {
                $0.publishTimeout = .seconds(2)
                adjust(&$0)
            }
            let error = await #expect(throws: ServiceError.self) {
                try await RPCClient(test.broker).cast(Store(text: "x"), at: "i-\(IDGenerator.random.hex())", someone)
            }
            #expect(error?.code == .unavailable)
            await test.close()
        }

        @Test func anAuthorityThatDidNotSignTheBrokersCertificateIsNotEnough() async throws {
            try await expectRefusal { $0.tlsCA = RabbitMQUnderTest.certificates + "/stranger.pem" }
        }

        @Test func withoutAnAuthorityNoBrokerIsTrusted() async throws {
            try await expectRefusal { $0.tlsCA = nil }
        }

        @Test func aCertificateForAnotherNameIsRefused() async throws {
            try await expectRefusal { $0.host = "127.0.0.1" }
        }

        @Test func aMessageOfManyFramesArrivesWhole() async throws {
            let instance = "i-\(IDGenerator.random.hex())"
            let test = try BrokerUnderTest(.rabbitMQOverTLS)
            let text = String(repeating: "0123456789abcdef", count: 200_000)
            let seen = Seen()
            var handlers = RPCHandlers()
            handlers.on(Store.self) { cast, _ in _ = seen.add(cast.text) }
            let server = RPCServer(
                test.broker, topic: TestTopic.self, instance: instance, handlers: handlers, logger: quiet)
            try await RPCClient(test.broker).cast(Store(text: text), at: instance, someone)
            try await serving(server) { try await eventually("it is handled") { seen.all.count == 1 } }
            #expect(seen.all == [text])
            await test.close()
        }
    }
}
