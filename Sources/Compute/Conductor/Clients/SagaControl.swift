package import Core
package import Workflow

/// What sagas may do to sagas.
package protocol SagaControl: Sendable {
    /// Ends the wait of the step that runs now, because there is nothing to wait for.
    func reportDone(_ run: SagaRun, step: String) async throws
    /// Asks other sagas of a server to give up: those that wait fail their step, and are undone.
    /// - Returns: whether any is still at work.
    func abortOthers(of server: ServerID, except saga: String) async throws -> Bool
}
