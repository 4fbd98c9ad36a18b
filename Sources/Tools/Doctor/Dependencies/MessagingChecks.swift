import Core
import Database
import Messaging

/// How the doctor reaches RabbitMQ: as the conductor, or whichever daemon this machine has.
extension Cloud {
    nonisolated func messagingOptions() throws -> MessagingOptions {
        let files = ["conductor.conf", "compute-agent.conf", "scheduler.conf", "network.conf", "image.conf"]
        guard let file = files.first(where: has) else {
            throw CheckSkipped(reason: "no daemon is configured here that uses RabbitMQ")
        }
        var options = try configuration(file).read(MessagingOptions.self)
        options.connectTimeout = min(options.connectTimeout, .seconds(8))
        options.publishTimeout = .seconds(4)
        return options
    }
}

/// Whether RabbitMQ takes connections.
struct RabbitMQCheck: DoctorCheck {
    let name = "rabbitmq"
    let summary = "RabbitMQ takes connections; its version"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let options = try cloud.messagingOptions()
        do {
            let broker = try await BrokerInspection.run(options, queues: [])
            return TestedVersions.finding("RabbitMQ", broker.version)
        } catch {
            return [
                unreachable(
                    "RabbitMQ \(options.host):\(options.port)", error,
                    advice: "start RabbitMQ, or mend [messaging]; daemons reconnect by themselves")
            ]
        }
    }
}

/// Whether somebody takes from each queue, how much waits, and what could not be handled.
struct QueuesCheck: DoctorCheck {
    let name = "queues"
    let summary = "daemons' queues in RabbitMQ have consumers and are short; dead letters"

    /// Messages that may wait in one queue before it is worth a word.
    private static let deep = 1000

    func run(_ cloud: Cloud) async throws -> [Finding] {
        var expected = ["conductor", "conductor.calls", "scheduler.calls"]
        if cloud.isConfigured("compute") {
            let hosts = try await cloud.values(
                "compute",
                """
                SELECT host FROM services WHERE `binary` = 'nova-compute' AND NOT is_forced_down
                    AND last_seen_at > UTC_TIMESTAMP(6) - INTERVAL 1 DAY
                """, "host")
            expected += hosts.sorted().flatMap { ["compute.\($0)", "compute.\($0).calls"] }
        }
        let letters = QueueSpec.deadLetters.name
        let broker = try await BrokerInspection.run(try cloud.messagingOptions(), queues: expected + [letters])
        var findings: [Finding] = []
        for name in expected {
            guard let queue = broker.queues.first(where: { $0.name == name }) else {
                findings.append(
                    Finding(
                        .critical, .missing, "queue \(name)", "no daemon listens there",
                        advice: "start the daemon that takes from it: apus status"))
                continue
            }
            if queue.consumers == 0 {
                findings.append(
                    Finding(
                        .critical, .mismatch, "queue \(name)", "nobody takes from it; \(queue.messages) messages wait",
                        advice: "start the daemon that takes from it: apus status"))
            } else if queue.messages > Self.deep {
                findings.append(
                    Finding(
                        .warning, .mismatch, "queue \(name)", "\(queue.messages) messages wait",
                        advice: "see the daemon's log and load; start another copy of it"))
            }
        }
        if let queue = broker.queues.first(where: { $0.name == letters }), queue.messages > 0 {
            findings.append(
                Finding(
                    .warning, .leftover, "queue \(letters)", "\(queue.messages) messages could not be handled",
                    advice: "look at them (rabbitmqadmin get queue=\(letters)), mend the cause, then purge the queue",
                    isSettled: true))
        }
        return findings
    }
}
