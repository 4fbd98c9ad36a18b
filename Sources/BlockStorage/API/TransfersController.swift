import Core
import HTTPTypes
import WebAPI

extension BlockStorageAPI {
    /// The same resource under two names: the newer, since 3.55, knows of snapshots.
    var transferOperations: [WebAPI.Operation] {
        transfers("/os-volume-transfer", .all) + transfers("/volume-transfers", .since("3.55"))
    }

    private func transfers(_ path: String, _ versions: VersionRange) -> [WebAPI.Operation] {
        let create = Schemas.wrapped(
            "transfer", ["volume_id": Schemas.uuid, "name": Schemas.name, "no_snapshots": Schemas.boolean],
            required: ["volume_id"])
        let accept = Schemas.wrapped(
            "accept", ["auth_key": ["type": ["string", "integer"], "minLength": 1, "maxLength": 255]],
            required: ["auth_key"])
        return [
            WebAPI.Operation(
                .post, path, versions, policy: VolumePolicy.transferCreate, body: create, success: .accepted
            ) { try await createTransfer($0) },
            WebAPI.Operation(.get, path, versions, policy: VolumePolicy.transferGetAll) {
                try await listTransfers($0, isDetail: false)
            },
            WebAPI.Operation(.get, "\(path)/detail", versions, policy: VolumePolicy.transferGetAll) {
                try await listTransfers($0, isDetail: true)
            },
            WebAPI.Operation(.get, "\(path)/{id}", versions) { request in
                let found = try await transfer(request, VolumePolicy.transferGet)
                return .json { $0.object { $0.field("transfer") { write(&$0, request, found, .detail) } } }
            },
            WebAPI.Operation(.delete, "\(path)/{id}", versions, success: .accepted) { request in
                try await volumes.withdraw(try await transfer(request, VolumePolicy.transferDelete))
                return .empty()
            },
            WebAPI.Operation(
                .post, "\(path)/{id}/accept", versions, policy: VolumePolicy.transferAccept, body: accept,
                success: .accepted
            ) { request in
                let value = request.body["accept"]?["auth_key"]
                let accepted = try await volumes.accept(
                    try request.id(), key: value?.string ?? value?.int.map { String($0) } ?? "",
                    project: try request.project, context: request.context)
                return .json { $0.object { $0.field("transfer") { write(&$0, request, accepted, .summary) } } }
            },
        ]
    }

    private func transfer(_ request: APIRequest, _ rule: PolicyRule) async throws -> Transfer {
        let transfer = try await volumes.transfers.find(try request.id(), request.scope)
        try request.authorize(rule, target: ["project_id": transfer.projectID.rawValue])
        return transfer
    }

    private func createTransfer(_ request: APIRequest) async throws -> APIResponse {
        let body = request.body["transfer"] ?? .null
        let volume = try await storage.volumes.find(ID(body["volume_id"]?.string ?? ""), request.scope)
        try request.authorize(VolumePolicy.transferCreate, target: ["project_id": volume.projectID.rawValue])
        let offer = try await volumes.offer(
            volume, name: body["name"]?.string?.trimmed, leavesSnapshots: Text.bool(body["no_snapshots"]) ?? false)
        return .json {
            $0.object { $0.field("transfer") { write(&$0, request, offer.transfer, .created(key: offer.key)) } }
        }
    }

    private func listTransfers(_ request: APIRequest, isDetail: Bool) async throws -> APIResponse {
        let page = try request.page(["id", "created_at"])
        let list = try await volumes.transfers.list(try request.listScope, page)
        return .json { json in
            json.object {
                $0.field("transfers") {
                    $0.array(list.items) { write(&$0, request, $1, isDetail ? .detail : .summary) }
                }
            }
        }
    }

    private enum TransferView {
        case summary, detail
        case created(key: String)
    }

    private func write(_ json: inout JSONWriter, _ request: APIRequest, _ transfer: Transfer, _ view: TransferView) {
        json.object {
            $0.field("id", transfer.id)
            $0.field("volume_id", transfer.volume)
            $0.field("name", transfer.name)
            $0.field("links") { VolumeView(request).links(&$0, transfer.id.rawValue, "os-volume-transfer") }
            if case .summary = view { return }
            $0.field("created_at", transfer.createdAt.iso8601Micro)
            if case .created(let key) = view { $0.field("auth_key", key) }
            if request.version >= "3.55" { $0.field("no_snapshots", transfer.leavesSnapshots) }
            if request.version >= "3.57" {
                $0.field("destination_project_id", String?.none)
                $0.field("source_project_id", transfer.projectID)
                $0.field("accepted", false)
            }
        }
    }
}
