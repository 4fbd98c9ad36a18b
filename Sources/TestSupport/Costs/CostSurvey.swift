import Core
import HTTPTypes
package import WebAPI

/// What every operation of an API costs in a world with few and in one with many rows: the same, or it fails.
///
/// The table has a request for each operation, by the operation's key (`APIDescription.entries`). Requests are
/// made and sent in the table's order; what making one sends is not counted.
package struct CostSurvey<World: Sendable>: Sendable {
    package typealias Fill = @Sendable (World, inout SampleRequest) async throws -> Void

    private var cases: [(key: String, fill: Fill)] = []
    /// Operations that cannot run in the test's world, with the reason. A list that may only shrink.
    package var untested: [String: String] = [:]
    /// Operations that cost more with more rows, with the reason. A list that may only shrink.
    package var growing: [String: String] = [:]

    package init() {}

    /// - Parameters:
    ///   - key: an operation's key; ` #NAME` behind it tells several requests to one operation apart.
    ///   - fill: completes the request: parameters of the path, body.
    package mutating func on(_ key: String, _ fill: @escaping Fill = { _, _ in }) { cases.append((key, fill)) }

    /// The requests, for other tests of the same operations.
    package var table: [(key: String, fill: Fill)] { cases }

    /// The key of the operation that a request of the table is for.
    package static func operation(_ key: String) -> String { route(key) }

    /// Sends every request of the table.
    package func measure(_ world: World, _ api: LocalAPI) async throws -> CostReport {
        var report = CostReport()
        let entries = Dictionary(api.description.entries.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        for (key, fill) in cases {
            guard let entry = entries[Self.route(key)] else {
                report.mistakes.append("\(key): there is no such operation")
                continue
            }
            do {
                var request = SampleRequest(key)
                try await fill(world, &request)
                try await send(request, key, entry, api, &report)
            } catch {
                report.mistakes.append("\(key): cannot be sent: \(describeError(error))")
            }
        }
        return report
    }

    /// What is wrong: routes without a request, requests that failed, costs that grow or changed. One text each.
    package func problems(
        few: CostReport, many: CostReport, of description: APIDescription, golden: String
    ) throws -> [String] {
        let routes = Set(description.entries.map(\.key))
        let tested = Set(cases.map { Self.route($0.key) })
        var problems = routes.subtracting(tested).subtracting(untested.keys).sorted().map {
            "\($0): is in no list: give it a request"
        }
        problems += untested.keys.filter { !routes.contains($0) || tested.contains($0) }.sorted().map {
            "\($0): does not belong in the list of untested operations any more"
        }
        problems += Set(few.mistakes + many.mistakes).sorted()
        let growth = few.growth(to: many)
        problems += growth.filter { growing[$0.key] == nil }.sorted { $0.key < $1.key }.map {
            "\($0): costs more with more rows:\n\($1)"
        }
        problems += growing.keys.filter { growth[$0] == nil }.sorted().map {
            "\($0): does not belong in the list of growing operations any more"
        }
        return problems + (try few.compare(golden: golden))
    }

    private static func route(_ key: String) -> String {
        key.firstRange(of: " #").map { String(key[..<$0.lowerBound]) } ?? key
    }

    private func send(
        _ request: SampleRequest, _ key: String, _ entry: APIDescription.Entry, _ api: LocalAPI,
        _ report: inout CostReport
    ) async throws {
        let events = Locked<[RequestCost.Event]>([])
        let cost = RequestCost { event in events.withLock { $0.append(event) } }
        var headers = request.headers
        headers[.init("X-Auth-Token") ?? .authorization] = request.token
        if request.json != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        if let microversions = entry.mount.microversions {
            let version = request.version ?? "\(entry.operation.versions.max ?? microversions.max)"
            headers[.init("OpenStack-API-Version") ?? .accept] = "\(microversions.serviceType) \(version)"
        }
        let answer = try await api.send(
            request.method, request.target, headers: headers, body: request.body, cost: cost)
        if answer.operation != entry.operation.name {
            report.mistakes.append("\(key): \(request.target) was answered by \(answer.operation)")
        }
        if request.status.map({ $0 != answer.status }) ?? (answer.status >= 400) {
            let error = answer.error.map { describeError($0) } ?? ""
            report.mistakes.append(
                "\(key): \(answer.status) \(String(decoding: answer.body.prefix(500), as: UTF8.self)) \(error)")
        }
        report.events[key] = events.withLock { $0 }
    }
}
