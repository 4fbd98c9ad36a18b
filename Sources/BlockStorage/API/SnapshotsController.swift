import Core
import HTTPTypes
import WebAPI

extension BlockStorageAPI {
    var snapshotOperations: [WebAPI.Operation] {
        [
            WebAPI.Operation(
                .post, "/snapshots", policy: VolumePolicy.snapshotCreate, body: Schemas.createSnapshot,
                success: .accepted
            ) { try await createSnapshot($0) },
            WebAPI.Operation(.get, "/snapshots", policy: VolumePolicy.snapshotGetAll) {
                try await listSnapshots($0, isDetail: false)
            },
            WebAPI.Operation(.get, "/snapshots/detail", policy: VolumePolicy.snapshotGetAll) {
                try await listSnapshots($0, isDetail: true)
            },
            WebAPI.Operation(.get, "/snapshots/{id}") { request in
                let snapshot = try await snapshot(request, VolumePolicy.snapshotGet)
                let view = SnapshotView(request)
                return .json { $0.object { $0.field("snapshot") { view.write(&$0, snapshot, isDetail: true) } } }
            },
            WebAPI.Operation(.put, "/snapshots/{id}", body: Schemas.updateSnapshot) { try await updateSnapshot($0) },
            WebAPI.Operation(.delete, "/snapshots/{id}", success: .accepted) { request in
                let snapshot = try await snapshot(request, VolumePolicy.snapshotDelete)
                try await volumes.deleteSnapshot(snapshot, force: false, context: request.context)
                return .empty()
            },
        ] + snapshotMetadata + snapshotActions
    }

    fileprivate func snapshot(_ request: APIRequest, _ rule: PolicyRule) async throws -> Snapshot {
        let snapshot = try await storage.snapshots.find(try request.id(), request.scope)
        try request.authorize(rule, target: ["project_id": snapshot.projectID.rawValue])
        return snapshot
    }

    private func createSnapshot(_ request: APIRequest) async throws -> APIResponse {
        let body = request.body["snapshot"] ?? .null
        guard let id = body["volume_id"]?.string else {
            throw ServiceError(.notFound, "Volume None could not be found.")
        }
        let volume = try await storage.volumes.find(ID(id), request.scope)
        try request.authorize(VolumePolicy.snapshotCreate, target: ["project_id": volume.projectID.rawValue])
        let force = Text.bool(body["force"])
        // Since 3.66 volumes in use need no force, and force=false is refused.
        if request.version >= "3.66", force == false {
            throw ServiceError(.badRequest, "The force flag is invalid since microversion 3.66 unless it is true.")
        }
        let snapshot = try await volumes.snapshot(
            volume,
            .init(
                name: (body["name"] ?? body["display_name"])?.string?.trimmed,
                description: body["description"]?.string?.trimmed, metadata: Text.map(body["metadata"]),
                force: force == true || request.version >= "3.66"),
            context: request.context)
        let view = SnapshotView(request)
        return .json { $0.object { $0.field("snapshot") { view.write(&$0, snapshot, isDetail: false) } } }
    }

    private func listSnapshots(_ request: APIRequest, isDetail: Bool) async throws -> APIResponse {
        let page = try request.page(Set(SnapshotStore.sortable.keys))
        var filter = SnapshotStore.Filter(scope: try request.listScope)
        filter.name = request.query.last("name") ?? request.query.last("display_name")
        filter.status = request.query.last("status")
        filter.volume = request.query.last("volume_id")
        if request.version >= "3.22" { filter.metadata = Text.dictionary(request.query.last("metadata")) ?? [:] }
        let list = try await storage.snapshots.list(filter, page)
        let withCount = request.version >= "3.45" && Text.bool(request.query.last("with_count")) == true
        let count = withCount ? try await storage.snapshots.count(filter) : nil
        let view = SnapshotView(request)
        return .json { json in
            json.object {
                $0.field("snapshots") {
                    $0.array(list.items) { view.write(&$0, $1, isDetail: isDetail) }
                }
                PagingLinks.nova(
                    &$0, collection: "snapshots", request: request,
                    nextMarker: list.nextMarker(page.limit) { $0.id.rawValue }, limit: page.limit)
                if let count { $0.field("count", count) }
            }
        }
    }

    private func updateSnapshot(_ request: APIRequest) async throws -> APIResponse {
        var snapshot = try await snapshot(request, VolumePolicy.snapshotUpdate)
        let body = request.body["snapshot"]?.object ?? [:]
        guard !body.isEmpty else { throw ServiceError(.badRequest, "Nothing to update was given.") }
        if let name = body["name"] ?? body["display_name"] {
            snapshot = try await storage.snapshots.setName(snapshot.id, name.string?.trimmed, now: volumes.now)
        }
        if let text = body["description"] ?? body["display_description"] {
            snapshot = try await storage.snapshots.setDescription(
                snapshot.id, text.string?.trimmed, now: volumes.now)
        }
        let view = SnapshotView(request)
        let answer = snapshot
        return .json { $0.object { $0.field("snapshot") { view.write(&$0, answer, isDetail: false) } } }
    }

    private var snapshotMetadata: [WebAPI.Operation] {
        [
            WebAPI.Operation(.get, "/snapshots/{id}/metadata") { request in
                answer(try await snapshot(request, VolumePolicy.snapshotGetMetadata).metadata)
            },
            WebAPI.Operation(.post, "/snapshots/{id}/metadata", body: Schemas.metadataBody) { request in
                let snapshot = try await snapshot(request, VolumePolicy.snapshotUpdateMetadata)
                let changes = Text.map(request.body["metadata"])
                return answer(
                    try await storage.snapshots.changeMetadata(snapshot.id, now: volumes.now) {
                        $0.merge(changes) { _, new in new }
                    })
            },
            WebAPI.Operation(.put, "/snapshots/{id}/metadata", body: Schemas.metadataBody) { request in
                let snapshot = try await snapshot(request, VolumePolicy.snapshotUpdateMetadata)
                let changes = Text.map(request.body["metadata"])
                return answer(
                    try await storage.snapshots.changeMetadata(snapshot.id, now: volumes.now) { $0 = changes })
            },
            WebAPI.Operation(.get, "/snapshots/{id}/metadata/{key}") { request in
                let key = try request.parameter("key")
                let metadata = try await snapshot(request, VolumePolicy.snapshotGetMetadata).metadata
                guard let value = metadata[key] else { throw Self.noKey(key) }
                return .json { $0.object { $0.field("meta", [key: value]) } }
            },
            WebAPI.Operation(.put, "/snapshots/{id}/metadata/{key}", body: Schemas.metaBody) { request in
                let key = try request.parameter("key")
                let snapshot = try await snapshot(request, VolumePolicy.snapshotUpdateMetadata)
                let meta = Text.map(request.body["meta"])
                guard meta.count == 1, let value = meta[key] else {
                    throw ServiceError(.badRequest, "Request body and URI mismatch.")
                }
                _ = try await storage.snapshots.changeMetadata(snapshot.id, now: volumes.now) { $0[key] = value }
                return .json { $0.object { $0.field("meta", [key: value]) } }
            },
            WebAPI.Operation(.delete, "/snapshots/{id}/metadata/{key}") { request in
                let key = try request.parameter("key")
                let snapshot = try await snapshot(request, VolumePolicy.snapshotDeleteMetadata)
                _ = try await storage.snapshots.changeMetadata(snapshot.id, now: volumes.now) { map in
                    guard map.removeValue(forKey: key) != nil else { throw Self.noKey(key) }
                }
                return .empty()
            },
        ]
    }

    private var snapshotActions: [WebAPI.Operation] {
        [
            WebAPI.Operation(
                .post, "/snapshots/{id}/action", action: "os-reset_status",
                body: Schemas.wrapped("os-reset_status", ["status": ["type": "string"]], required: ["status"]),
                success: .accepted
            ) { request in
                let snapshot = try await snapshot(request, VolumePolicy.snapshotResetStatus)
                let text = request.actionBody("os-reset_status")["status"]?.string ?? ""
                guard let status = SnapshotStatus(rawValue: text) else {
                    throw ServiceError(.badRequest, "Must specify a valid status. Invalid value: \(text)")
                }
                _ = try await storage.snapshots.setStatus(snapshot.id, status, now: volumes.now)
                return .empty()
            },
            WebAPI.Operation(
                .post, "/snapshots/{id}/action", action: "os-force_delete", body: Schemas.anything("os-force_delete"),
                success: .accepted
            ) { request in
                let snapshot = try await snapshot(request, VolumePolicy.snapshotForceDelete)
                try await volumes.deleteSnapshot(snapshot, force: true, context: request.context)
                return .empty()
            },
            WebAPI.Operation(
                .post, "/snapshots/{id}/action", action: "os-update_snapshot_status",
                body: Schemas.wrapped(
                    "os-update_snapshot_status",
                    [
                        "status": ["type": "string"],
                        "progress": ["type": ["string", "null"], "pattern": "^[0-9]{1,3}%$"],
                    ], required: ["status"]),
                success: .accepted
            ) { try await updateSnapshotStatus($0) },
        ]
    }
}

extension BlockStorageAPI {
    /// What a hypervisor reports of a snapshot that it makes.
    private func updateSnapshotStatus(_ request: APIRequest) async throws -> APIResponse {
        let snapshot = try await snapshot(request, VolumePolicy.snapshotUpdateStatus)
        let body = request.actionBody("os-update_snapshot_status")
        let wanted = SnapshotStatus(rawValue: body["status"]?.string ?? "")
        let allowed: [SnapshotStatus: [SnapshotStatus]] = [
            .creating: [.creating, .available, .error], .deleting: [.deleting, .errorDeleting],
        ]
        guard let wanted, allowed[snapshot.status]?.contains(wanted) == true else {
            throw ServiceError(
                .badRequest,
                "Snapshot status cannot be moved from \(snapshot.status.rawValue) to \(body["status"]?.string ?? "").")
        }
        try await storage.snapshots.report(
            snapshot.id, from: snapshot.status, to: wanted, progress: body["progress"]?.string, now: volumes.now)
        return .empty()
    }
}

/// Snapshots as answers show them.
struct SnapshotView {
    let request: APIRequest

    init(_ request: APIRequest) { self.request = request }

    func write(_ json: inout JSONWriter, _ snapshot: Snapshot, isDetail: Bool) {
        json.object {
            $0.field("id", snapshot.id)
            $0.field("created_at", snapshot.createdAt.iso8601Micro)
            $0.field("updated_at", snapshot.updatedAt?.iso8601Micro)
            $0.field("name", snapshot.name)
            $0.field("volume_id", snapshot.volume)
            $0.field("size", snapshot.sizeGiB)
            $0.field("status", snapshot.status.rawValue)
            $0.field("metadata", snapshot.metadata)
            $0.field("description", snapshot.description)
            guard isDetail else { return }
            $0.field("os-extended-snapshot-attributes:project_id", snapshot.projectID)
            $0.field(
                "os-extended-snapshot-attributes:progress",
                snapshot.progress ?? (snapshot.status == .available ? "100%" : "0%"))
            if request.version >= "3.14" { $0.field("group_snapshot_id", String?.none) }
            if request.version >= "3.41" { $0.field("user_id", snapshot.userID) }
            if request.version >= "3.65" { $0.field("consumes_quota", true) }
        }
    }
}
