import Core
import Database
package import FoundationEssentials
import Workflow

/// Explains objects of any service from the databases, and from what the daemons remember.
package struct Explainer: Sendable {
    let databases: CloudDatabases
    let workflows: Workflows
    private let sources: StorySources
    let now: Date
    /// What OVN has of a port: nil where it cannot be asked.
    let ovnState: @Sendable (String) async -> String?

    package init(
        _ databases: CloudDatabases, _ sources: StorySources, now: Date,
        ovnState: @escaping @Sendable (String) async -> String? = { _ in nil }
    ) {
        self.databases = databases
        self.sources = sources
        self.now = now
        self.ovnState = ovnState
        workflows = Workflows(databases)
    }

    package func explain(_ object: FoundObject) async throws -> Explanation {
        var answer =
            switch object.kind {
            case .server: try await server(object)
            case .volume: try await volume(object)
            case .snapshot: try await snapshot(object)
            case .attachment: try await attachment(object)
            case .image: try await image(object)
            case .port: try await port(object)
            case .network: try await network(object)
            case .subnet: try await subnet(object)
            case .router: try await router(object)
            case .floatingIP: try await floatingIP(object)
            case .securityGroup: try await securityGroup(object)
            case .project: try await project(object)
            case .user: try await user(object)
            case .workflow: try await workflow(object)
            }
        if object.kind != .workflow { try await addWorkflows(to: &answer) }
        await addActions(to: &answer)
        return answer
    }

    /// The row of an object; it may have gone since it was found.
    func row(_ service: String, _ sql: SQL) async throws -> Row {
        guard let database = databases[service: service], let row = try await database.first(sql) else {
            throw ServiceError(.notFound, "It has just gone.")
        }
        return row
    }

    func rows(_ service: String, _ sql: SQL) async throws -> [Row] {
        guard let database = databases[service: service] else { return [] }
        return try await database.query(sql)
    }

    /// The last workflows about it, and those under way that mention it.
    private func addWorkflows(to answer: inout Explanation) async throws {
        var filter = SagaFilter(unfinishedOnly: false)
        filter.mentions = answer.object.id
        filter.limit = 4
        answer.workflows = Array(try await workflows.told(filter).prefix(4))
        for saga in answer.workflows where !saga.record.status.isOver {
            let record = saga.record
            let step = "step \(record.step) of \(record.name) \(record.id), \(record.status.rawValue)"
            if let waiting = record.waitingFor {
                answer.waitsFor.append("\(waiting) (\(step))")
            } else {
                answer.waitsFor.append("\(step), try \(record.attempt + 1)")
            }
            if let owner = saga.owner(now: now) {
                answer.owner =
                    "\(saga.service == "compute" ? "conductor" : saga.service) \(owner), generation \(record.generation)"
            }
            if let since = record.stepStartedAt { answer.since = since }
        }
    }

    /// What the daemons remember of changes that named it, newest first; a server's own list goes before.
    private func addActions(to answer: inout Explanation) async {
        let known = Set(answer.actions.map(\.requestID))
        let events = await sources.about(answer.object.id).flatMap(\.events).map(\.event)
            .filter { $0.kind == .request && !$0.isRoutine && !known.contains($0.requestID) }
            .sorted { $0.endedAt > $1.endedAt }
        answer.actions += events.prefix(5).map { event in
            Explanation.Action(
                what: "\(event.verb) \(event.name)" + (event.detail.map { " \($0)" } ?? ""), requestID: event.requestID,
                at: event.startedAt, outcome: event.outcome)
        }
        answer.actions.sort { $0.at > $1.at }
    }
}
