import Core
import Database
import Workflow

/// Saga control through the engine, which is made after the environment that its steps work with.
final class EngineControl: SagaControl {
    private let database: Database
    private let engine = Locked<SagaEngine<ConductorEnvironment>?>(nil)

    init(database: Database) { self.database = database }

    func use(_ engine: SagaEngine<ConductorEnvironment>) { self.engine.withLock { $0 = engine } }

    private func current() throws -> SagaEngine<ConductorEnvironment> {
        guard let engine = engine.withLock({ $0 }) else {
            throw ServiceError(.unavailable, "The workflow engine is not running yet.")
        }
        return engine
    }

    func reportDone(_ run: SagaRun, step: String) async throws {
        try await current().report(saga: run.id, generation: run.generation, step: step, .null)
    }

    func abortOthers(of server: ServerID, except saga: String) async throws -> Bool {
        let rows = try await database.query(
            """
            SELECT id, status, step_name FROM sagas
            WHERE subject = \(server) AND id <> \(saga) AND status IN ('running', 'parked', 'undoing')
            """)
        let engine = try current()
        for row in rows where try row.get("status", as: String.self) == "parked" {
            try await engine.report(
                saga: row.get("id"), generation: nil, step: row.get("step_name"), .null,
                failure: ServiceError(.conflict, "The server is being deleted."))
        }
        return !rows.isEmpty
    }

    /// Has the steps that wait for ports look again.
    func recheckPorts() async throws {
        let rows = try await database.query(
            """
            SELECT id FROM sagas WHERE status = 'parked' AND step_name = \(BuildServer.pluggedStep)
                AND report_step IS NULL ORDER BY updated_at LIMIT 256
            """)
        let engine = try current()
        for row in rows {
            try await engine.report(saga: row.get("id"), generation: nil, step: BuildServer.pluggedStep, .null)
        }
    }
}
