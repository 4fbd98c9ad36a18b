import Messaging

/// A daemon without the compute database lives: what `os-services` shows of it. Cast every 10 seconds.
package struct ReportService: RPCCast {
    package typealias Destination = ConductorTopic
    package static let name = "service.report"

    package var host: String
    /// Nova's name for the daemon: `nova-scheduler`.
    package var binary: String

    package init(host: String, binary: String) {
        self.host = host
        self.binary = binary
    }
}
