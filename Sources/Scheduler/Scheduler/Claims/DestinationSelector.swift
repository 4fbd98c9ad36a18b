import Core
import FoundationEssentials
import Logging
import SchedulerModel

/// Picks hosts and claims on them.
struct DestinationSelector: Sendable {
    let hosts: HostSnapshot
    let claims: ClaimStore
    let selections: SelectionStore
    let selection: HostSelection
    let downAfterSeconds: Double
    let clock: WallClock
    let logger: Logger
    /// Rounds of looking, claiming and losing the race before the caller is asked to come again.
    private static let rounds = 8

    func select(_ call: SelectDestinations) async throws -> SelectDestinations.Reply {
        if let reply = try await present(call) { return reply }
        for round in 0..<Self.rounds {
            let query = HostQuery(
                server: call.server, resources: call.resources, request: call.request, now: clock.now(),
                downAfterSeconds: downAfterSeconds)
            // The snapshot may be a second old; before saying no it is read anew.
            var outcome = selection.select(try await hosts.current(fresh: round > 0), query)
            if outcome.ranked.isEmpty { outcome = selection.select(try await hosts.current(fresh: true), query) }
            guard !outcome.ranked.isEmpty else { return try await refuse(call, outcome) }
            if let host = try await claimFirst(outcome, call) {
                return try await accept(call, outcome, host)
            }
        }
        throw ServiceError(.unavailable, "Too many servers are being placed at once.", detail: "\(call.server)")
    }

    /// The answer to a repeated call: the host of the claim that the server holds already.
    private func present(_ call: SelectDestinations) async throws -> SelectDestinations.Reply? {
        guard let provider = try await claims.provider(of: call.server),
            let host = try await hosts.current(fresh: true).first(where: { $0.state.provider == provider })
        else { return nil }
        let kept = try await selections.selection(of: call.server)
        return SelectDestinations.Reply(
            host: host.state.host, node: host.state.node, provider: provider, zone: host.state.zone,
            selection: kept ?? Selection(server: call.server, host: host.state.host, considered: 0, filters: []))
    }

    /// Claims on the best host that takes it; nil when all have filled up or changed meanwhile.
    private func claimFirst(_ outcome: HostSelection.Outcome, _ call: SelectDestinations) async throws -> HostCandidate?
    {
        for (host, _) in outcome.ranked.prefix(10) {
            let result = try await claims.claim(
                call.resources, on: host.state.provider, for: call.server, project: call.project, user: call.user)
            if case .claimed = result { return host }
        }
        return nil
    }

    private func accept(
        _ call: SelectDestinations, _ outcome: HostSelection.Outcome, _ host: HostCandidate
    ) async throws -> SelectDestinations.Reply {
        let decision = Selection(
            server: call.server, host: host.state.host, considered: outcome.considered, filters: outcome.reasons,
            ranking: outcome.ranked.map { .init(host: $0.host.state.host, weight: $0.weight) })
        try await selections.save(decision, at: clock.now())
        logger.info(
            "server placed", metadata: ["server": "\(call.server)", "host": "\(host.state.host)"])
        return SelectDestinations.Reply(
            host: host.state.host, node: host.state.node, provider: host.state.provider, zone: host.state.zone,
            selection: decision)
    }

    private func refuse(
        _ call: SelectDestinations, _ outcome: HostSelection.Outcome
    ) async throws -> SelectDestinations.Reply {
        let decision = Selection(
            server: call.server, host: nil, considered: outcome.considered, filters: outcome.reasons)
        try await selections.save(decision, at: clock.now())
        logger.info(
            "no valid host", metadata: ["server": "\(call.server)", "reason": "\(decision.explanation)"])
        throw ServiceError(.conflict, decision.explanation, detail: try JSONValue(encoding: decision).jsonText)
    }
}
