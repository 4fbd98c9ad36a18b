import ComputeModel
import Core
import Logging
import Virt

/// Tells conductors what happens to guests on its own, within a second.
///
/// An event is reported after the command in progress, with the state of that moment: what a command
/// does in between (a soft reboot stops and starts) is nobody's news.
struct EventReporter: Sendable {
    let driver: any Hypervisor
    let locks: ServerLocks
    let conductor: ConductorReports
    let compare: @Sendable () -> Void
    let logger: Logger

    /// Events looked at in parallel; a server whose command takes minutes holds up only itself.
    private static let width = 64

    func run() async throws {
        await withDiscardingTaskGroup { group in
            let gate = Gate(Self.width)
            for await event in driver.events() {
                switch event {
                case .compare: compare()
                case .changed(let server, _, let what):
                    group.addTask { await gate.pass { await report(server, what) } }
                }
            }
        }
    }

    private func report(_ server: ServerID, _ event: ReportPowerState.Event) async {
        do {
            try await locks.withLock(server) {
                guard let guest = try await driver.guest(server) else { return }
                try await conductor.power(server, guest.power, event)
            }
        } catch is CancellationError {
            return
        } catch {
            // The next comparison reports it.
            logger.warning(
                "a power state was not reported",
                metadata: [LogKey.server: "\(server)", "error": "\(String(reflecting: error))"])
        }
    }
}
