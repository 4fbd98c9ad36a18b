import Core
package import FoundationEssentials
package import SchedulerModel
import Workflow

/// Where an object is and why.
package struct Explanation: Sendable {
    /// Something that was asked of it, with the request that did.
    package struct Action: Sendable {
        package var what: String
        package var requestID: String
        package var at: Date
        package var outcome: String
    }

    package struct Fact: Sendable {
        package var name: String
        package var value: String
    }

    package let object: FoundObject
    package var state: String
    package var since: Date?
    package var waitsFor: [String] = []
    /// Who is to do the next thing: a daemon on a host.
    package var owner: String?
    package var fault: String?
    package var facts: [Fact] = []
    package var selection: Selection?
    package var workflows: [ServiceSaga] = []
    package var actions: [Action] = []

    init(_ object: FoundObject, state: String, since: Date?) {
        self.object = object
        self.state = state
        self.since = since
    }

    mutating func add(_ name: String, _ value: String?) {
        if let value, !value.isEmpty { facts.append(Fact(name: name, value: value)) }
    }

    package func text(now: Date) -> String {
        var lines = [object.line]
        lines.append("  state: \(state)" + (since.map { ", since \($0.iso8601) (\(age($0, now: now)))" } ?? ""))
        lines += waitsFor.map { "  waits for: \($0)" }
        if let owner { lines.append("  owner: \(owner)") }
        if let fault { lines.append("  fault: " + fault.split(separator: "\n").joined(separator: "\n    ")) }
        lines += facts.map { "  \($0.name): \($0.value)" }
        if let selection { lines += Self.describe(selection) }
        for saga in workflows { lines += saga.text(now: now) }
        if !actions.isEmpty {
            lines.append("last actions:")
            lines += actions.map { "  \($0.at.iso8601) \($0.what): \($0.outcome), \($0.requestID)" }
        }
        return lines.joined(separator: "\n")
    }

    private static func describe(_ selection: Selection) -> [String] {
        var lines = [
            selection.host.map { "  scheduler: chose \($0) of \(selection.considered) hosts" }
                ?? "  scheduler: \(selection.explanation)"
        ]
        for filter in selection.filters {
            lines.append("    \(filter.name) removed \(filter.removed)" + (filter.hint.map { ": \($0)" } ?? ""))
        }
        for ranked in selection.ranking { lines.append("    \(ranked.host) weighs \(ranked.weight)") }
        return lines
    }

    /// - Throws: when the scheduler's decision cannot be written as JSON.
    package func json() throws -> String {
        let selection = try self.selection.map { try JSONValue(encoding: $0) } ?? .null
        var json = JSONWriter()
        json.object { json in
            json.field("kind", object.kind.rawValue)
            json.field("id", object.id)
            json.field("name", object.name)
            json.field("project_id", object.project)
            json.field("deleted_at", object.deletedAt?.iso8601MicroZ)
            json.field("state", state)
            json.field("since", since?.iso8601MicroZ)
            json.field("waits_for", waitsFor)
            json.field("owner", owner)
            json.field("fault", fault)
            json.field("facts") { json in
                json.array(facts) { json, fact in
                    json.object { json in
                        json.field("name", fact.name)
                        json.field("value", fact.value)
                    }
                }
            }
            json.field("selection", selection)
            json.field("workflows") { json in json.array(workflows) { json, saga in saga.write(to: &json) } }
            json.field("actions") { json in
                json.array(actions) { json, action in
                    json.object { json in
                        json.field("action", action.what)
                        json.field("request_id", action.requestID)
                        json.field("at", action.at.iso8601MicroZ)
                        json.field("outcome", action.outcome)
                    }
                }
            }
        }
        return json.text
    }
}
