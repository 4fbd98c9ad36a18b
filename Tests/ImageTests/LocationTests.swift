import Core
import Database
import FoundationEssentials
import HTTPTypes
import Logging
import NIOCore
import ServiceLifecycle
import TestSupport
import Testing
import WebAPI

@testable import Image

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct LocationTests {
    @Test func dataOnAWebServerBecomesAnImageWithItsHash() async throws {
        try await WebSource.run(Array("hello world".utf8)) { url in
            try await ImageFixture.with(options: WebSource.settings(url)) { fixture in
                let right = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
                let cases: [(String?, ImageStatus, String?)] = [
                    (nil, .active, "sha512"), (right, .active, "sha256"),
                    (right.replacing("b", with: "c"), .queued, nil),
                ]
                for (digest, status, algorithm) in cases {
                    let image = try await fixture.queued()
                    try await LocationImports(core: fixture.core) {}.accept(
                        url, hash: digest.map { ("sha256", $0) }, body: [:], for: image,
                        RequestContext(requestID: "req-1"))
                    try await fixture.runSagas()
                    let after = try #require(try await fixture.core.images.find(image.id))
                    #expect(after.status == status)
                    #expect(after.hashAlgorithm == algorithm)
                    #expect(after.size == (status == .active ? 11 : nil))
                    #expect(after.checksum == (status == .active ? "5eb63bbbe01eeed093cb22bb8f5acdc3" : nil))
                    // Nobody holds it any more: it can be given data.
                    if status == .queued {
                        try await fixture.data.upload(after, Chunks([[1]]), announced: nil)
                        #expect(try await fixture.core.images.find(image.id)?.locations.map(\.store) == ["file"])
                    }
                }
            }
        }
    }

    /// Without a hash its owner could change its bytes at will: by the older way in, too.
    @Test func aLocationInAnImagesDocumentIsReadForItsHash() async throws {
        try await WebSource.run(Array("hello world".utf8)) { url in
            try await ImageFixture.with(options: WebSource.settings(url) + "show_locations = true\n") { fixture in
                let image = try await fixture.queued()
                var headers: HTTPFields = [.contentType: "application/openstack-images-v2.1-json-patch"]
                headers[try #require(HTTPField.Name("X-Auth-Token"))] = SampleAuthenticator.admin
                let new: JSONValue = ["url": .string(url), "metadata": [:]]
                let change: JSONValue = ["op": "add", "path": "/locations/-", "value": new]
                let answer = try await fixture.api().send(
                    .patch, "/v2/images/\(image.id)", headers: headers,
                    body: Array(JSONValue.array([change]).jsonText.utf8))
                #expect(answer.status == 200)
                #expect(try await fixture.core.images.find(image.id)?.status == .active)
                try await fixture.runSagas()
                let after = try #require(try await fixture.core.images.find(image.id))
                #expect(after.status == .active && after.hashAlgorithm == "sha512" && after.hashDigest?.count == 128)
                // Nobody holds it any more.
                let database = fixture.core.database
                #expect(try await database.query("SELECT id FROM images WHERE upload_id IS NOT NULL").isEmpty)
            }
        }
    }

    /// Deactivated while it was read for its hash, which failed: it must not come back without one.
    @Test func aDeactivatedImageWithoutAHashIsQueuedAgain() async throws {
        try await ImageFixture.with(options: "[image]\nhttp_store = web\n") { fixture in
            var image = try await fixture.queued()
            let upload = fixture.core.ids.uuid()
            let database = fixture.core.database
            try await database.execute("UPDATE images SET upload_id = \(upload) WHERE id = \(image.id)")
            _ = try await fixture.core.images.edit(image.id, heldBy: upload, now: fixture.core.clock.now()) { image in
                image.locations = [ImageLocation(store: "web", url: "https://example.org/i")]
                image.size = 9
                image.status = .deactivated
            }
            let state = ImportLocation.State(
                image: image.id, task: "t", upload: upload, url: "https://example.org/i", store: "web")
            try await LocationWork(state: state, core: fixture.core).undo(nil)
            image = try #require(try await fixture.core.images.find(image.id))
            #expect(image.status == .queued)
        }
    }

    /// A web server that has other bytes by now gives no image.
    @Test func aDownloadFromAWebServerMustHaveTheImagesHash() async throws {
        try await WebSource.run(Array("hello world".utf8)) { url in
            try await ImageFixture.with(options: WebSource.settings(url)) { fixture in
                let image = try await fixture.queued()
                try await LocationImports(core: fixture.core) {}.accept(
                    url, hash: nil, body: [:], for: image, RequestContext(requestID: "req-1"))
                try await fixture.runSagas()
                var active = try #require(try await fixture.core.images.find(image.id))
                #expect(try await fixture.read(active, 0..<11) == Array("hello world".utf8))
                #expect(try await fixture.read(active, 6..<11) == Array("world".utf8))
                active.hashDigest = String(repeating: "0", count: 128)
                await #expect(throws: ServiceError.self) { try await fixture.read(active, 0..<11) }
            }
        }
    }

    /// By the other way in: what web-download may not reach no location may name.
    @Test func locationsNameOnlyWhatMayBeReached() async throws {
        let settings = "[image]\nshow_locations = true\nhttp_store = web\n"
        try await ImageFixture.with(options: settings) { fixture in
            for url in [
                "file:///etc/passwd", "http://127.0.0.1/x", "http://169.254.169.254/latest", "http://2130706433/x",
                "http://[::ffff:127.0.0.1]/x", "http://user@example.com/", "gopher://info.cern.ch", "https://h:22/x",
            ] {
                let image = try await fixture.queued()
                let new: JSONValue = ["url": .string(url), "metadata": [:]]
                await #expect(throws: ServiceError.self, "\(url)") {
                    _ = try await LocationChange(fixture.core, [new], to: image)
                }
                #expect(!fixture.core.web.isAcceptable(url), "\(url)")
            }
        }
    }

    @Test func locationsAreClosedWhereTheyAreNotShown() async throws {
        try await ImageFixture.with(options: "[image]\nhttp_store = web\n") { fixture in
            let api = try fixture.api()
            let image = try await fixture.queued()
            var headers: HTTPFields = [.contentType: "application/openstack-images-v2.1-json-patch"]
            headers[try #require(HTTPField.Name("X-Auth-Token"))] = SampleAuthenticator.admin
            let changes: [JSONValue] = [
                ["op": "add", "path": "/locations/-", "value": ["url": "https://x.org/i", "metadata": [:]]],
                ["op": "replace", "path": "/locations", "value": [["url": "https://x.org/i", "metadata": [:]]]],
                ["op": "remove", "path": "/locations/0"],
            ]
            for change in changes {
                let answer = try await api.send(
                    .patch, "/v2/images/\(image.id)", headers: headers,
                    body: Array(JSONValue.array([change]).jsonText.utf8))
                #expect(answer.status == 403)
            }
            let shown = try JSONValue.parse(try await api.send("GET", "/v2/images/\(image.id)", nil).body)
            #expect(shown["locations"] == nil && shown["direct_url"] == nil)
        }
    }
}

/// A web server with one document.
enum WebSource {
    static func run(_ bytes: [UInt8], _ body: @escaping @Sendable (String) async throws -> Void) async throws {
        let logger = Logger(label: "web") { _ in SwiftLogNoOpLogHandler() }
        let (ports, listening) = AsyncStream<Int>.makeStream()
        let document = Operation(.get, "/image", auth: .none) { _ in
            .bytes(bytes, contentType: "application/octet-stream")
        }
        let server = APIServer(
            options: APIServerOptions(port: 0),
            service: APIDescription(
                serviceType: "image", mounts: [Mount("", [document], faults: .glance)], faults: .glance,
                identityURL: ""),
            authenticator: SampleAuthenticator(), policy: try PolicyEngine(rules: [], overrides: [:]), logger: logger
        ) { listening.yield($0.port ?? 0) }
        let group = ServiceGroup(configuration: .init(services: [server], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                for await port in ports {
                    do {
                        try await body("http://127.0.0.1:\(port)/image")
                    } catch {
                        await group.triggerGracefulShutdown()
                        throw error
                    }
                    break
                }
                await group.triggerGracefulShutdown()
            }
            try await tasks.waitForAll()
        }
    }

    /// Settings of an image service that may read from it.
    static func settings(_ url: String) -> String {
        let port = url.split(separator: ":")[2].prefix { $0 != "/" }
        return "[image]\nhttp_store = web\nweb_download_networks = 127.0.0.0/8\nweb_download_ports = \(port)\n"
    }
}
