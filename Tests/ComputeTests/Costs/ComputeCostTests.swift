import TestSupport
import Testing
import WebAPI

@testable import ComputeAPI

@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct ComputeCostTests {
    /// The recorded table is `Tests/Golden/queries/compute.json`; APUS_UPDATE_GOLDEN=1 writes it.
    @Test func noRouteOfComputeCostsMoreWithMoreRows() async throws {
        let survey = computeSurvey()
        let reports = Reports()
        for size in [3, 20] {
            try await ComputeCostWorld.run(size) { world, api in
                await reports.add(try await survey.measure(world, api), api.description)
            }
        }
        let (few, many, description) = try await reports.result()
        let problems = try survey.problems(
            few: few, many: many, of: description, golden: Golden.path("queries/compute.json"))
        for problem in problems { Issue.record("\(problem)") }
    }
}
