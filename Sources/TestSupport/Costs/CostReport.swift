package import Core

/// What operations cost in one world.
package struct CostReport: Sendable {
    package var events: [String: [RequestCost.Event]] = [:]
    /// Requests that were not answered as they should have been.
    package var mistakes: [String] = []

    /// Statements of each request, calls of other services left out.
    package var queries: [String: Int] {
        events.mapValues { events in events.count { if case .query = $0 { true } else { false } } }
    }

    /// Operations that cost something else in `many` than here, each with what it does more or less often.
    package func growth(to many: CostReport) -> [String: String] {
        events.keys.reduce(into: [:]) { all, key in
            let few = Self.counts(events[key] ?? [])
            let more = Self.counts(many.events[key] ?? [])
            guard few.values.reduce(0, +) != more.values.reduce(0, +) else { return }
            let changes = Set(few.keys).union(more.keys).compactMap { event -> String? in
                let (before, after) = (few[event] ?? 0, more[event] ?? 0)
                return before == after ? nil : "    \(before) → \(after) times \(Self.text(event))"
            }
            all[key] = changes.sorted().joined(separator: "\n")
        }
    }

    /// What differs from the recorded table, one line each.
    package func compare(golden path: String) throws -> [String] {
        try Golden.differences(events.mapValues { Self.json($0) }, from: path)
    }

    private static func counts(_ events: [RequestCost.Event]) -> [RequestCost.Event: Int] {
        events.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    private static func text(_ event: RequestCost.Event) -> String {
        switch event {
        case .query(let text), .call(let text): text.split(separator: "\n").joined(separator: " ")
        }
    }

    private static func json(_ events: [RequestCost.Event]) -> JSONValue {
        var members: [String: JSONValue] = [:]
        let calls = events.compactMap { if case .call(let name) = $0 { name } else { nil } }
        members["queries"] = .integer(Int64(events.count - calls.count))
        if !calls.isEmpty { members["calls"] = .array(calls.sorted().map { .string($0) }) }
        return .object(members)
    }
}
