import Core
import FoundationEssentials
import HTTPTypes
import WebAPI

/// `/cache`: copies of images on the host that answers.
struct CacheController: Sendable {
    let core: ImageCore
    let catalogue: ImageCatalogue
    /// Makes the worker look at the queue.
    let wake: @Sendable () -> Void

    var operations: [Operation] {
        [
            Operation(.get, "/cache", policy: ImagePolicies.cacheList) { _ in try await list() },
            Operation(.put, "/cache/{image_id}", success: .accepted) { try await queue($0) },
            Operation(.delete, "/cache/{image_id}", success: .noContent) { try await remove($0) },
            Operation(.delete, "/cache", policy: ImagePolicies.cacheDelete, success: .noContent) {
                try await clear($0)
            },
            Operation(.get, "/cache/nodes/{image_id}", policy: ImagePolicies.listCachedNodes) { _ in
                _ = try cache
                throw ServiceError(.conflict, "Centralized caching is not enabled")
            },
            Operation(.post, "/cache/clean", policy: ImagePolicies.cacheClean) { _ in
                try await cache.clean()
                return .empty()
            },
            Operation(.post, "/cache/prune", policy: ImagePolicies.cachePrune) { _ in
                let pruned = try await cache.prune()
                return .json([
                    "total_files_pruned": .integer(Int64(pruned.files)), "total_bytes_pruned": .integer(pruned.bytes),
                ])
            },
        ]
    }

    private var cache: ImageCache {
        get throws {
            guard let cache = core.cache else {
                throw ServiceError(.notFound, "Caching via API is not supported at this site.")
            }
            return cache
        }
    }

    private func list() async throws -> APIResponse {
        let entries = try await cache.store.list()
        return .json { json in
            json.object { json in
                json.field("cached_images") { json in
                    json.array(entries.filter(\.isCached)) { json, entry in
                        json.object {
                            $0.field("image_id", entry.image)
                            $0.field("hits", entry.hits)
                            $0.field("size", Int(entry.size))
                            $0.field("last_accessed", entry.lastAccessed.timeIntervalSince1970)
                            $0.field("last_modified", entry.lastModified.timeIntervalSince1970)
                        }
                    }
                }
                json.field("queued_images", entries.filter { !$0.isCached }.map(\.image.rawValue))
            }
        }
    }

    private func queue(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("image_id")
        let found = try await find(id, request)
        try request.authorize(ImagePolicies.cacheImage, target: found?.target ?? [:])
        let cache = try cache
        guard let image = found?.image else { throw Self.notFound(id) }
        guard image.status == .active else {
            throw ServiceError(.badRequest, "Only images with status active can be targeted for queueing")
        }
        try await cache.store.queue(image.id, now: core.clock.now())
        wake()
        return .empty()
    }

    private func remove(_ request: APIRequest) async throws -> APIResponse {
        let id = try request.parameter("image_id")
        let found = try await find(id, request)
        try request.authorize(ImagePolicies.cacheDelete, target: found?.target ?? [:])
        let cache = try cache
        guard isUUIDLike(id) else { throw Self.notFound(id) }
        let count = try await cache.remove([ImageID(id)])
        guard count > 0 || found != nil else { throw Self.notFound(id) }
        return .empty()
    }

    private func clear(_ request: APIRequest) async throws -> APIResponse {
        let cache = try cache
        let target = HTTPField.Name("x-image-cache-clear-target").flatMap { request.headers[$0] }?.lowercased() ?? ""
        guard ["", "cache", "queue"].contains(target) else {
            throw ServiceError(
                .badRequest,
                "If provided 'x-image-cache-clear-target' must be 'cache', 'queue' or empty string.")
        }
        try await cache.clear(cached: target != "queue", queued: target != "cache")
        return .empty()
    }

    private func find(_ id: String, _ request: APIRequest) async throws -> VisibleImage? {
        do {
            return try await catalogue.find(id, request.context)
        } catch let error as ServiceError where error.code == .notFound {
            return nil
        }
    }

    private static func notFound(_ id: String) -> ServiceError { ServiceError(.notFound, "Image \(id) not found.") }
}
