import ComputeModel
import Core
import Workflow

extension ConductorEnvironment {
    /// Sees in an undo, which cannot wait for a report, that a host has a server no more.
    ///
    /// A host that does not answer finds the command when it returns: it is stored.
    /// - Throws: `SagaRetry` while the host still has it.
    func destroy(_ server: ServerID, on host: String, order: Int64, step: String, _ run: SagaRun) async throws {
        let command = DestroyServer(ticket: ticket(run, "\(step)-undo", order: order), server: server)
        try await agents.send(command, to: host, run.context)
        do {
            guard try await agents.has(server, on: host, run.context) else { return }
        } catch let error as ServiceError where [.unavailable, .timeout].contains(error.code) {
            guard try await isUp(host) else { return }
        }
        throw SagaRetry(after: .seconds(1), reason: "host \(host) still has the server")
    }
}
