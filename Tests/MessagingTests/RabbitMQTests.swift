import Core
import Glibc
import Messaging
import Testing

extension BrokerTests {
    /// What only a real broker does.
    @Suite(.enabled(if: RabbitMQUnderTest.ctl != nil, "APUS_TEST_RABBITMQ_CTL is not set"), .serialized)
    struct RabbitMQTests {
        private let instance = "i-\(IDGenerator.random.hex())"

        /// Runs rabbitmqctl on the test broker.
        private func control(_ arguments: String) async throws {
            guard let ctl = RabbitMQUnderTest.ctl else { return }
            try await runCommand("\(ctl) \(arguments)")
        }

        @Test func aBlockedBrokerHoldsAFewMessagesAndRefusesMore() async throws {
            let test = try BrokerUnderTest(.rabbitMQ) {
                $0.maximumWaiting = 5
                $0.publishTimeout = .seconds(60)
            }
            let client = RPCClient(test.broker)
            try await client.cast(Store(text: "first"), at: instance, someone)
            try await control("set_vm_memory_high_watermark 0.00000001")
            do {
                let stored = Seen()
                let refused = Seen()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // The alarm may take a moment to reach the connection: send until some are refused.
                    var sent = 0
                    while refused.all.count < 3, sent < 400 {
                        sent += 1
                        group.addTask {
                            do {
                                try await client.cast(Store(text: "one"), at: instance, someone)
                                _ = stored.add("one")
                            } catch let error as ServiceError where error.code == .unavailable {
                                _ = refused.add("one")
                            }
                        }
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    #expect(refused.all.count >= 3)
                    let before = stored.all.count
                    try await control("set_vm_memory_high_watermark 0.4")
                    try await group.waitForAll()
                    #expect(stored.all.count == before + 5)
                }
            } catch {
                try await control("set_vm_memory_high_watermark 0.4")
                throw error
            }
            await test.close()
        }

        @Test func aQueueOfATopicThatIsDeletedMeanwhileIsMadeAgain() async throws {
            let test = try BrokerUnderTest(.rabbitMQ)
            let queue = QueueSpec.notifications("\(instance).info", isDurable: true)
            for turn in 1...2 {
                let message = OutgoingMessage(
                    to: .topic(exchange: "test", queue: queue), id: "m\(turn)", type: "event", body: [1])
                try await test.broker.publish(message)
                #expect(try await test.broker.depth(of: queue) == 1)
                try await control("delete_queue \(queue.name)")
            }
            await test.close()
        }

        @Test func aWrongPasswordIsToldAndDoesNotHang() async throws {
            let test = try BrokerUnderTest(.rabbitMQ) {
                $0.password = Secret("wrong")
                $0.publishTimeout = .seconds(2)
            }
            let start = ContinuousClock.now
            let error = await #expect(throws: ServiceError.self) {
                try await RPCClient(test.broker).cast(Store(text: "x"), at: instance, someone)
            }
            #expect(error?.code == .unavailable)
            #expect(ContinuousClock.now - start < .seconds(15))
            await test.close()
        }
    }
}
