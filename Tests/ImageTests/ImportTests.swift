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
    @Test(arguments: [true, false]) func anImportEndsWholeOrNotAtAll(allMustSucceed: Bool) async throws {
        try await ImageFixture.with(options: "[image]\nmore_stores = more=FOLDER/more\n") { fixture in
            let harness = SagaHarness(
                ImportImage.self,
                prepare: {
                    let image = try await fixture.queued()
                    try await fixture.data.stage(image, Chunks([[1, 2, 3]]), announced: nil)
                    let upload = fixture.core.ids.uuid()
                    try await fixture.core.database.execute(
                        "UPDATE images SET status = 'importing', upload_id = \(upload) WHERE id = \(image.id)")
                    return .init(
                        environment: ImportEnvironment(core: fixture.core, data: fixture.data, remote: nil),
                        state: ImportImage.State(
                            image: image.id, task: fixture.core.ids.uuid(), upload: upload, method: .glanceDirect,
                            uri: nil, host: "test", stores: ["file", "more"], allMustSucceed: allMustSucceed))
                },
                done: { _ in try await expectAgreement(fixture, with: "active", copies: 2) },
                nothingLeft: { _ in try await expectAgreement(fixture, with: nil, copies: nil) })
            try await harness.runAll()
        }
    }

    /// The same for a copy: the image and its first copy stay whatever happens.
    @Test func aCopyEndsWholeOrNotAtAll() async throws {
        try await ImageFixture.with(options: "[image]\nmore_stores = more=FOLDER/more,third=FOLDER/third\n") {
            fixture in
            let harness = SagaHarness(
                ImportImage.self,
                prepare: {
                    let image = try await fixture.queued()
                    try await fixture.data.upload(image, Chunks([[1, 2, 3]]), announced: nil)
                    let upload = fixture.core.ids.uuid()
                    try await fixture.core.database.execute(
                        "UPDATE images SET upload_id = \(upload) WHERE id = \(image.id)")
                    return .init(
                        environment: ImportEnvironment(core: fixture.core, data: fixture.data, remote: nil),
                        state: ImportImage.State(
                            image: image.id, task: fixture.core.ids.uuid(), upload: upload, method: .copyImage,
                            stores: ["more", "third"]))
                },
                done: { _ in try await expectAgreement(fixture, with: "active", copies: 3) },
                nothingLeft: { _ in try await expectAgreement(fixture, with: "active", copies: nil) })
            try await harness.runAll()
        }
    }

    @Test func aStoreThatFailsFailsTheImportOrIsNamed() async throws {
        try await ImageFixture.with(options: "[image]\nmore_stores = more=FOLDER/more\n") { fixture in
            for allMustSucceed in [true, false] {
                // Where the second store would put its files there is a file.
                try FileManager.default.removeItem(atPath: fixture.folder + "/more/incoming")
                let image = try await fixture.queued()
                try await fixture.data.stage(image, Chunks([[1, 2, 3]]), announced: nil)
                let staged = try #require(try await fixture.core.images.find(image.id))
                let imports = ImageImports(core: fixture.core) {}
                let task = try #require(
                    try await imports.accept(
                        ImportRequest(
                            method: .glanceDirect, stores: ["file", "more"], allMustSucceed: allMustSucceed, body: [:]),
                        for: staged, RequestContext(requestID: "req-1")))
                try await fixture.runSagas()
                let after = try #require(try await fixture.core.images.find(image.id))
                #expect(after.status == (allMustSucceed ? .queued : .active))
                #expect(after.locations.map(\.store) == (allMustSucceed ? [] : ["file"]))
                #expect(after.properties["os_glance_failed_import"] == "more")
                #expect(after.properties["os_glance_importing_to_stores"] == "")
                #expect(try await fixture.core.tasks.find(task.id)?.status == (allMustSucceed ? "failure" : "success"))
                try FileManager.default.createDirectory(
                    atPath: fixture.folder + "/more/incoming", withIntermediateDirectories: true)
                #expect(try await fixture.stored().sorted() == fixture.expected().sorted())
            }
        }
    }

    @Test func anImageThatIsBeingCopiedCannotBeCopiedAgainOrLoseAStore() async throws {
        try await ImageFixture.with(options: "[image]\nmore_stores = more=FOLDER/more\n") { fixture in
            let image = try await fixture.queued()
            try await fixture.data.upload(image, Chunks([[1, 2, 3]]), announced: nil)
            let active = try #require(try await fixture.core.images.find(image.id))
            let imports = ImageImports(core: fixture.core) {}
            let request = ImportRequest(method: .copyImage, stores: ["more"], body: [:])
            let context = RequestContext(requestID: "req-1")
            _ = try await imports.accept(request, for: active, context)
            await #expect(throws: ServiceError.self) { try await imports.accept(request, for: active, context) }
            let locations = ImageLocations(core: fixture.core)
            await #expect(throws: ServiceError.self) { try await locations.remove(from: active, last: "") { _ in 0 } }
            try await fixture.runSagas()
            let copied = try #require(try await fixture.core.images.find(image.id))
            #expect(copied.locations.map(\.store) == ["file", "more"])
            #expect(try await fixture.core.images.usage(ProjectID("p")).bytes == 6)
            let left = try await locations.remove(from: copied, last: "") { _ in 0 }
            #expect(left.locations.map(\.store) == ["more"])
            #expect(try await fixture.stored() == [image.id.rawValue])
            // The last copy stays.
            await #expect(throws: ServiceError.self) { try await locations.remove(from: left, last: "") { _ in 0 } }
            #expect(try await fixture.data.download(left)?.size == 3)
        }
    }

    /// Where a copy goes was worked out from an image that has other copies by now.
    @Test func aCopyOfAnImageThatChangedMeanwhileIsRefused() async throws {
        let options = "[image]\nmore_stores = more=FOLDER/more,third=FOLDER/third\n"
        try await ImageFixture.with(options: options) { fixture in
            let image = try await fixture.queued()
            try await fixture.data.upload(image, Chunks([[1, 2, 3]]), announced: nil)
            let active = try #require(try await fixture.core.images.find(image.id))
            let imports = ImageImports(core: fixture.core) {}
            let context = RequestContext(requestID: "req-1")
            _ = try await imports.accept(
                ImportRequest(method: .copyImage, stores: ["more"], body: [:]), for: active, context)
            try await fixture.runSagas()
            await #expect(throws: ServiceError.self) {
                try await imports.accept(
                    ImportRequest(method: .copyImage, stores: ["more", "third"], body: [:]), for: active, context)
            }
        }
    }

    /// What an earlier version of the service accepted goes on after an upgrade.
    @Test(arguments: [1, 2, 3]) func importsOfEarlierVersionsGoOn(version: Int) async throws {
        try await ImageFixture.with { fixture in
            let image = try await fixture.queued()
            try await fixture.data.stage(image, Chunks([[1, 2, 3]]), announced: nil)
            let staged = try #require(try await fixture.core.images.find(image.id))
            let task = try #require(
                try await ImageImports(core: fixture.core) {}.accept(
                    ImportRequest(method: .glanceDirect, stores: ["file"], body: [:]), for: staged,
                    RequestContext(requestID: "req-1")))
            let row = try #require(try await fixture.core.database.first("SELECT upload_id FROM images"))
            let upload: String = try row.get("upload_id")
            var state: [String: JSONValue] = [
                "image": .string(image.id.rawValue), "task": .string(task.id), "upload": .string(upload),
                "method": "glance-direct", "host": "test",
            ]
            if version > 1 { state.merge(["stores": ["file"], "allMustSucceed": true]) { $1 } }
            let text = JSONValue.object(state).jsonText
            let step = version == 1 ? "store" : "fetch"
            try await fixture.core.database.execute(
                "UPDATE sagas SET version = \(version), state = \(text), step_name = \(step) WHERE id = \(task.id)")
            try await fixture.runSagas()
            let active = try #require(try await fixture.core.images.find(image.id))
            #expect(active.status == .active)
            #expect(try await fixture.read(active, 0..<3) == [1, 2, 3])
            #expect(try await fixture.core.tasks.find(task.id)?.status == "success")
            #expect(try await fixture.stored() == [image.id.rawValue])
        }
    }

    @Test func anImportWhoseStagedDataIsLostFails() async throws {
        try await ImageFixture.with { fixture in
            let image = try await fixture.queued()
            try await fixture.data.stage(image, Chunks([[1, 2, 3]]), announced: nil)
            let staged = try #require(try await fixture.core.images.find(image.id))
            let task = try #require(
                try await ImageImports(core: fixture.core) {}.accept(
                    ImportRequest(method: .glanceDirect, stores: ["file"], body: [:]), for: staged,
                    RequestContext(requestID: "req-1")))
            try await fixture.core.files.unstage(image.id)
            try await fixture.runSagas()
            #expect(try await fixture.core.images.find(image.id)?.status == .queued)
            #expect(try await fixture.core.tasks.find(task.id)?.status == "failure")
        }
    }

    /// What a store gives for an active image is not taken for it unless its hash is right.
    @Test func aCopyOfBytesThatChangedIsRefused() async throws {
        try await ImageFixture.with(options: "[image]\nmore_stores = more=FOLDER/more\n") { fixture in
            let image = try await fixture.queued()
            try await fixture.data.upload(image, Chunks([[1, 2, 3]]), announced: nil)
            let active = try #require(try await fixture.core.images.find(image.id))
            let path = try fixture.core.files.url(image.id).dropFirst("file://".count)
            try Data([1, 2, 4]).write(to: URL(filePath: String(path)))
            _ = try await ImageImports(core: fixture.core) {}.accept(
                ImportRequest(method: .copyImage, stores: ["more"], body: [:]), for: active,
                RequestContext(requestID: "req-1"))
            try await fixture.runSagas()
            #expect(try await fixture.core.images.find(image.id)?.locations.map(\.store) == ["file"])
            #expect(try await fixture.stored() == [image.id.rawValue])
        }
    }

    /// Active images have their data and nothing else is stored; the newest image has the given status.
    private func expectAgreement(_ fixture: ImageFixture, with status: String?, copies: Int?) async throws {
        let rows = try await fixture.core.database.query("SELECT * FROM images ORDER BY created_at DESC")
        #expect(try await fixture.stored().sorted() == fixture.expected().sorted())
        #expect(try rows.allSatisfy { ["active", "queued"].contains(try $0.get("status", as: String.self)) })
        #expect(try rows.allSatisfy { try $0.get("upload_id", as: String?.self) == nil })
        if let status { #expect(try rows.first?.get("status", as: String.self) == status) }
        if let copies { #expect(try rows.first.map { try Image($0).locations.count } == copies) }
    }
}

extension ImageFixture {
    /// Runs accepted imports to their ends.
    func runSagas() async throws {
        let engine = SagaEngine<ImportEnvironment>(
            database: core.database, environment: ImportEnvironment(core: core, data: data, remote: nil), owner: "test",
            sagas: ImportEnvironment.sagas, logger: core.logger, clock: core.clock)
        try await engine.runDue()
    }
}
