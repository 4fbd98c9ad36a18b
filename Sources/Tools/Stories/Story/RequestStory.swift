import Core
package import FoundationEssentials
import Workflow

/// What all daemons did for one request, in order of time.
package struct RequestStory: Sendable {
    /// One line.
    package struct Line: Sendable {
        package var at: Date
        package var took: Duration
        /// `conductor@host1[4711]`, or a saga's owner as its journal has it.
        package var who: String
        package var what: String
        package var outcome: String
        package var requestID: String
        package var detail: String?
    }

    package let request: String
    /// The request that caused it, in another service.
    package let cause: String?
    package let lines: [Line]
    package let sagas: [ServiceSaga]
    package let memories: [DaemonMemory]

    package var isEmpty: Bool { lines.isEmpty && sagas.isEmpty }

    /// Gathers it: from the daemons, and the workflows' journals from the databases.
    ///
    /// What a request causes in other services carries its id as the global one; a request that was itself
    /// caused is told alone, with its cause's name.
    package static func gather(_ request: String, _ sources: StorySources, _ workflows: Workflows) async throws
        -> RequestStory
    {
        let memories = await sources.about(request)
        var filter = SagaFilter(unfinishedOnly: false)
        filter.request = request
        let sagas = try await workflows.told(filter)
        return RequestStory(request: request, memories: memories, sagas: sagas)
    }

    package init(request: String, memories: [DaemonMemory], sagas: [ServiceSaga]) {
        self.request = request
        self.memories = memories
        self.sagas = sagas
        let events = memories.flatMap(\.events)
        cause =
            events.first { $0.event.requestID == request }?.event.globalRequestID
            ?? sagas.first { $0.record.requestID == request }?.record.globalRequestID
        let journal = sagas.flatMap { saga in saga.journal.map { (saga, $0) } }
        let kept = events.filter { told in
            // The journal has steps with their private reasons and survives a kill: it goes before.
            !(told.event.kind == .step
                && journal.contains { saga, entry in
                    saga.record.id == told.event.saga && entry.step == told.event.name && entry.phase == told.event.verb
                        && abs(entry.startedAt.timeIntervalSince(told.event.startedAt)) < 0.002
                })
        }
        lines = (kept.map(Line.init) + journal.map { Line($0.0, $0.1) }).sorted { ($0.at, $0.took) < ($1.at, $1.took) }
    }
}

extension RequestStory.Line {
    init(_ told: ToldEvent) {
        let event = told.event
        at = event.startedAt
        took = .microseconds(event.microseconds)
        who = "\(told.source.daemon)@\(told.source.host)[\(told.source.process)]"
        outcome = event.outcome
        requestID = event.requestID
        detail = event.detail
        switch event.kind {
        case .request:
            let ids = event.ids.isEmpty ? "" : " (\(event.ids.joined(separator: ", ")))"
            what = "answered \(event.verb) \(event.name)\(ids)"
        case .outgoing: what = "asked \(event.peer ?? "a service"): \(event.verb) \(event.name)"
        case .sent: what = "sent \(event.verb) \(event.name) to \(event.peer ?? "?")"
        case .handled: what = "handled \(event.verb) \(event.name)"
        case .step: what = "\(event.peer ?? "workflow"): \(event.verb) \(event.name)"
        }
    }

    init(_ saga: ServiceSaga, _ entry: SagaJournalEntry) {
        at = entry.startedAt
        took = .microseconds(entry.finishedAt.microsecondsSince1970 - entry.startedAt.microsecondsSince1970)
        who = "\(saga.service) \(entry.owner ?? "-")"
        what = "\(saga.record.name): \(entry.phase) \(entry.step)"
        outcome = entry.attempt > 0 ? "\(entry.outcome), try \(entry.attempt + 1)" : entry.outcome
        requestID = saga.record.requestID
        detail = entry.error
    }
}
