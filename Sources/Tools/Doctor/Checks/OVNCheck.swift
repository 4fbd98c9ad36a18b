import Core
import Database
import Logging
import Network

/// OVN's northbound database against the network service's rows, column by column.
struct OVNCheck: DoctorCheck {
    let name = "ovn"
    let summary = "OVN's northbound rows against networks, ports, routers and security groups"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let differences = try await NetworkAudit.differences(
            try cloud.configuration("network.conf"), try await cloud.database("network"), logger: Self.logger)
        return differences.map { difference in
            switch difference.kind {
            case .waiting:
                Finding(
                    .warning, .mismatch, difference.subject, difference.text,
                    advice: "see network's log: OVN refuses it or cannot be reached")
            case .foreign:
                Finding(
                    .note, .leftover, difference.subject, difference.text,
                    advice: "remove it with ovn-nbctl, if it is nobody's")
            case .leftover:
                Finding(
                    .warning, .leftover, difference.subject, difference.text,
                    advice: "network removes it when it compares everything ([ovn] reconcile_interval)",
                    repair: Self.compare(difference.subject))
            case .different:
                Finding(
                    .critical, .mismatch, difference.subject, difference.text,
                    advice: "network mends it when it compares everything ([ovn] reconcile_interval)",
                    repair: Self.compare(difference.subject))
            }
        }
    }

    private static var logger: Logger {
        var logger = Logger(label: "apus")
        logger.logLevel = .critical
        return logger
    }

    /// Asks network to compare the subject once more, and waits until it has: it alone writes to OVN.
    private static func compare(_ subject: String) -> Repair {
        Repair("ask network to compare \(subject) with OVN") { cloud in
            let database = try await cloud.database("network")
            let configuration = try cloud.configuration("network.conf")
            let before = try await NetworkAudit.differences(configuration, database, logger: logger)
            guard before.contains(where: { $0.subject == subject }) else { return .refused("there is no difference") }
            try await NetworkAudit.ask(subject, database, now: cloud.clock.now())
            for _ in 0..<80 {
                try await Task.sleep(for: .milliseconds(250))
                guard try await NetworkAudit.isAsked(subject, database) == false else { continue }
                let after = try await NetworkAudit.differences(configuration, database, logger: logger)
                guard let left = after.first(where: { $0.subject == subject }) else { return .done("OVN agrees now") }
                throw CheckFailed(reason: "network looked, and still: \(left.text)")
            }
            throw CheckFailed(reason: "network has not looked within 20 s; the request stays")
        }
    }
}
