import Core
import HTTPTypes
import WebAPI

extension BlockStorageAPI {
    var volumeMetadata: [WebAPI.Operation] {
        [
            WebAPI.Operation(.get, "/volumes/{id}/metadata") { request in
                answer(try await volume(request, VolumePolicy.getMetadata).metadata)
            },
            WebAPI.Operation(.post, "/volumes/{id}/metadata", body: Schemas.metadataBody) { request in
                try await changeMetadata(request, VolumePolicy.createMetadata) { $0.merge($1) { _, new in new } }
            },
            WebAPI.Operation(.put, "/volumes/{id}/metadata", body: Schemas.metadataBody) { request in
                try await changeMetadata(request, VolumePolicy.updateMetadata) { $0 = $1 }
            },
            WebAPI.Operation(.get, "/volumes/{id}/metadata/{key}") { request in
                let volume = try await volume(request, VolumePolicy.getMetadata)
                let key = try request.parameter("key")
                guard let value = volume.metadata[key] else { throw Self.noKey(key) }
                return .json { $0.object { $0.field("meta", [key: value]) } }
            },
            WebAPI.Operation(.put, "/volumes/{id}/metadata/{key}", body: Schemas.metaBody) { request in
                let volume = try await volume(request, VolumePolicy.updateMetadata)
                let key = try request.parameter("key")
                let meta = Text.map(request.body["meta"])
                guard meta.count <= 1 else { throw ServiceError(.badRequest, "Request body contains too many items.") }
                guard let value = meta[key] else { throw ServiceError(.badRequest, "Request body and URI mismatch.") }
                _ = try await storage.volumes.changeMap(volume.id, .metadata, now: volumes.now) { $0[key] = value }
                return .json { $0.object { $0.field("meta", [key: value]) } }
            },
            WebAPI.Operation(.delete, "/volumes/{id}/metadata/{key}") { request in
                let volume = try await volume(request, VolumePolicy.deleteMetadata)
                let key = try request.parameter("key")
                _ = try await storage.volumes.changeMap(volume.id, .metadata, now: volumes.now) { map in
                    guard map.removeValue(forKey: key) != nil else { throw Self.noKey(key) }
                }
                return .empty()
            },
        ]
    }

    static func noKey(_ key: String) -> ServiceError {
        ServiceError(.notFound, "Metadata item was not found: there is no key \(key).")
    }

    func answer(_ metadata: [String: String]) -> APIResponse {
        .json { $0.object { $0.field("metadata", metadata) } }
    }

    private func changeMetadata(
        _ request: APIRequest, _ rule: PolicyRule,
        _ body: @escaping @Sendable (inout [String: String], [String: String]) -> Void
    ) async throws -> APIResponse {
        let volume = try await volume(request, rule)
        guard VolumeTransitions.metadata.contains(volume.status) else {
            throw ServiceError(.badRequest, "Invalid volume: the volume is being deleted.")
        }
        let changes = Text.map(request.body["metadata"])
        return answer(
            try await storage.volumes.changeMap(volume.id, .metadata, now: volumes.now) { body(&$0, changes) })
    }
}
