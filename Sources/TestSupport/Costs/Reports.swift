import Core
package import WebAPI

/// Keeps the reports of a survey's two worlds.
package actor Reports {
    private var all: [CostReport] = []
    private var description: APIDescription?

    package init() {}

    package func add(_ report: CostReport, _ description: APIDescription) {
        all.append(report)
        self.description = description
    }

    /// - Throws: when a world did not come to its end.
    package func result() throws -> (few: CostReport, many: CostReport, APIDescription) {
        guard all.count == 2, let description else {
            throw ServiceError(.internal, "A survey needs two worlds.")
        }
        return (all[0], all[1], description)
    }
}
