import Core
import Database
import FoundationEssentials
import TestSupport
import Testing
import Workflow

@testable import Image

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct ImportTests {
    /// Each step twice, a failure at each step, each undo twice: nothing left behind.
    @Test func anImportEndsWholeOrNotAtAll() async throws {
        try await ImageFixture.with { fixture in
            let fetcher = try WebFetcher(options: fixture.core.options)
            let harness = SagaHarness(
                ImportImage.self,
                prepare: {
                    let image = try await fixture.queued()
                    try await fixture.data.stage(image, Chunks([[1, 2, 3]]), announced: nil)
                    let upload = fixture.core.ids.uuid()
                    try await fixture.core.database.execute(
                        "UPDATE images SET status = 'importing', upload_id = \(upload) WHERE id = \(image.id)")
                    return .init(
                        environment: ImportEnvironment(
                            core: fixture.core, data: fixture.data, fetcher: fetcher, remote: nil),
                        state: ImportImage.State(
                            image: image.id, task: fixture.core.ids.uuid(), upload: upload, method: "glance-direct",
                            uri: nil, host: "test"))
                },
                done: { _ in try await expectAgreement(fixture, with: "active") },
                nothingLeft: { _ in try await expectAgreement(fixture, with: nil) })
            try await harness.runAll()
        }
    }

    /// Active images have their data and nothing else is stored; the newest image has the given status.
    private func expectAgreement(_ fixture: ImageFixture, with status: String?) async throws {
        let rows = try await fixture.core.database.query("SELECT id, status FROM images ORDER BY created_at DESC")
        let active = try rows.filter { try $0.get("status", as: String.self) == "active" }
        #expect(try await fixture.stored().sorted() == active.map { try $0.get("id", as: String.self) }.sorted())
        #expect(try rows.allSatisfy { ["active", "queued"].contains(try $0.get("status", as: String.self)) })
        if let status { #expect(try rows.first?.get("status", as: String.self) == status) }
    }
}
