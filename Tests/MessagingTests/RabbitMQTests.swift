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
                // The alarm reaches a connection when it next publishes.
                let seen = Seen()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<5 {
                        group.addTask {
                            try await client.cast(Store(text: "held \(number)"), at: instance, someone)
                            _ = seen.add("\(number)")
                        }
                    }
                    try await eventually("more is refused at once") {
                        do {
                            try await client.cast(Store(text: "one more"), at: instance, someone, within: .seconds(1))
                            return false
                        } catch let error as ServiceError {
                            return error.code == .unavailable
                        } catch {
                            return false
                        }
                    }
                    #expect(seen.all.count < 5)
                    try await control("set_vm_memory_high_watermark 0.4")
                    try await group.waitForAll()
                }
                #expect(seen.all.count == 5)
            } catch {
                try await control("set_vm_memory_high_watermark 0.4")
                throw error
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

extension RPCClient {
    /// Gives up waiting for the broker's confirmation after a time.
    fileprivate func cast<Cast: RPCCast>(
        _ cast: Cast, at instance: String, _ context: RequestContext, within limit: Duration
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.cast(cast, at: instance, context) }
            group.addTask {
                try await Task.sleep(for: limit)
                throw CancellationError()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
