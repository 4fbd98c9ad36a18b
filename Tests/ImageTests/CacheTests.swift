import Core
import FoundationEssentials
import TestSupport
import Testing
import WebAPI

@testable import Image

@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct CacheTests {
    @Test func aQueuedImageIsFetchedServedAndRemoved() async throws {
        try await ImageFixture.with(options: "[image]\nimage_cache_dir = FOLDER/cache\n") { fixture in
            let api = try fixture.api()
            let image = try await fixture.queued()
            #expect(try await api.send("PUT", "/v2/cache/\(image.id)", nil).status == 400)
            #expect(try await api.send("PUT", "/v2/cache/nothing", nil).status == 404)
            #expect(try await api.send("GET", "/v2/cache", nil, token: "u:p:member,reader").status == 403)
            try await fixture.data.upload(image, Chunks([[1, 2, 3]]), announced: nil)
            #expect(try await api.send("PUT", "/v2/cache/\(image.id)", nil).status == 202)
            #expect(try await list(api)["queued_images"] == [.string(image.id.rawValue)])
            let cache = try #require(fixture.core.cache)
            try await CacheWorker(cache: cache, core: fixture.core, data: fixture.data).run()
            // It is read from here when its store has lost it.
            try await fixture.core.files.delete(image.id)
            let active = try #require(try await fixture.core.images.find(image.id))
            #expect(try await fixture.read(active, 0..<3) == [1, 2, 3])
            let shown = try await list(api)
            #expect(shown["cached_images"]?[0]?["hits"] == 1)
            #expect(shown["cached_images"]?[0]?["size"] == 3)
            #expect(shown["queued_images"] == [])
            try await fixture.catalogue.delete(image.id)
            #expect(try await list(api)["cached_images"] == [])
            #expect(try await cache.files.storedImages().ids == [])
        }
    }

    /// Bytes that are not the image's are not cached.
    @Test func whatHasNotTheImagesHashIsNotCached() async throws {
        try await ImageFixture.with(options: "[image]\nimage_cache_dir = FOLDER/cache\n") { fixture in
            let image = try await fixture.queued()
            try await fixture.data.upload(image, Chunks([[1, 2, 3]]), announced: nil)
            let path = try fixture.core.files.url(image.id).dropFirst("file://".count)
            try Data([1, 2, 4]).write(to: URL(filePath: String(path)))
            let cache = try #require(fixture.core.cache)
            try await cache.store.queue(image.id, now: fixture.core.clock.now())
            try await CacheWorker(cache: cache, core: fixture.core, data: fixture.data).run()
            #expect(try await cache.store.list().isEmpty)
            #expect(try await cache.files.storedImages().ids == [])
            #expect(try await cache.files.uploads(limit: 10) == [])
        }
    }

    /// One that cannot be had, or is too large, keeps the others from nothing.
    @Test func whatCannotBeCachedStopsNothingElse() async throws {
        try await WebSource.run(Array("hello world".utf8)) { url in
            let options = WebSource.settings(url) + "image_cache_dir = FOLDER/cache\nimage_cache_max_size = 5\n"
            try await ImageFixture.with(options: options) { fixture in
                let cache = try #require(fixture.core.cache)
                let large = try await fixture.queued()
                try await fixture.add(url, to: large)
                let gone = try await fixture.queued()
                let good = try await fixture.queued()
                for image in [gone, good] {
                    try await fixture.data.upload(image, Chunks([[1, 2, 3]]), announced: nil)
                }
                try await fixture.core.files.delete(gone.id)
                for image in [large, gone, good] {
                    try await cache.store.queue(image.id, now: fixture.core.clock.now())
                }
                try await CacheWorker(cache: cache, core: fixture.core, data: fixture.data).run()
                #expect(try await cache.store.list().map(\.image) == [good.id])
            }
        }
    }

    @Test func whatWasNotUsedForLongestMakesRoom() async throws {
        let options = "[image]\nimage_cache_dir = FOLDER/cache\nimage_cache_max_size = 5\n"
        try await ImageFixture.with(options: options) { fixture in
            let cache = try #require(fixture.core.cache)
            var ids: [ImageID] = []
            for _ in 0..<2 {
                let image = try await fixture.queued()
                try await fixture.data.upload(image, Chunks([[1, 2, 3]]), announced: nil)
                try await cache.store.queue(image.id, now: fixture.core.clock.now())
                try await CacheWorker(cache: cache, core: fixture.core, data: fixture.data).run()
                ids.append(image.id)
            }
            #expect(try await cache.store.list().map(\.image) == [ids[1]])
            #expect(try await cache.files.storedImages().ids == [ids[1].rawValue])
        }
    }

    private func list(_ api: LocalAPI) async throws -> JSONValue {
        try JSONValue.parse(try await api.send("GET", "/v2/cache", nil).body)
    }
}
