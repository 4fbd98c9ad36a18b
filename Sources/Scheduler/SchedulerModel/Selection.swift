package import Core

/// How many hosts a filter removed, and what of those it saw came nearest.
package struct FilterReason: Codable, Sendable, Hashable {
    package var name: String
    package var removed: Int
    /// What would have fitted: `at most 512 MEMORY_MB would fit, 2048 asked for`.
    package var hint: String?

    package init(name: String, removed: Int, hint: String? = nil) {
        self.name = name
        self.removed = removed
        self.hint = hint
    }
}

/// A decision of the scheduler, kept so that an operator can ask for it.
package struct Selection: Codable, Sendable, Hashable {
    package var server: ServerID
    /// Nil: no host fitted.
    package var host: String?
    package var considered: Int
    package var filters: [FilterReason]
    /// Hosts that passed, best first, with their weights.
    package var ranking: [Ranked]

    package struct Ranked: Codable, Sendable, Hashable {
        package var host: String
        package var weight: Double

        package init(host: String, weight: Double) {
            self.host = host
            self.weight = weight
        }
    }

    package init(server: ServerID, host: String?, considered: Int, filters: [FilterReason], ranking: [Ranked] = []) {
        self.server = server
        self.host = host
        self.considered = considered
        self.filters = filters
        self.ranking = ranking
    }

    /// What a user is told when no host fitted.
    package var explanation: String {
        guard considered > 0 else { return "No valid host was found. There are no hosts at all." }
        let reasons = filters.filter { $0.removed > 0 }.map { filter in
            "\(filter.name) removed \(filter.removed)" + (filter.hint.map { " (\($0))" } ?? "")
        }
        return "No valid host was found. Of \(considered) host\(considered == 1 ? "" : "s"): "
            + reasons.joined(separator: "; ") + "."
    }
}
