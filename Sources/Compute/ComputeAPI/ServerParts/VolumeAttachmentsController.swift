import ComputeModel
import ComputeStore
import Core
import Database
import HTTPTypes
import WebAPI

/// `/servers/{id}/os-volume_attachments`.
struct VolumeAttachmentsController: Sendable {
    private let env: ComputeEnvironment
    private static let path = "/servers/{id}/os-volume_attachments"

    init(_ environment: ComputeEnvironment) { env = environment }

    private static func schema(at version: Microversion) -> JSONSchema {
        var properties: [String: JSONValue] = [
            "volumeId": ["type": "string", "format": "uuid"],
            "device": ["type": ["string", "null"], "pattern": "(^/dev/x{0,1}[a-z]{0,1}d{0,1})([a-z]+)[0-9]*$"],
        ]
        if version >= "2.49" { properties["tag"] = ServerSchemas.tag }
        if version >= "2.79" { properties["delete_on_termination"] = ["type": "boolean"] }
        return JSONSchema([
            "type": "object",
            "properties": [
                "volumeAttachment": [
                    "type": "object", "properties": .object(properties), "required": ["volumeId"],
                    "additionalProperties": false,
                ]
            ],
            "required": ["volumeAttachment"], "additionalProperties": false,
        ])
    }

    var operations: [Operation] {
        [
            Operation(.get, Self.path) { [self] request in
                let server = try await env.server(request, ComputePolicy.volumeAttachmentIndex)
                let paging = try Paging(request.query, maxLimit: env.options.maxLimit)
                let offset = max(0, request.query.last("offset").flatMap { Int($0) } ?? 0)
                let devices = try await volumes(of: server).dropFirst(offset).prefix(paging.limit ?? 1000)
                return .json { json in
                    json.object {
                        $0.field("volumeAttachments") {
                            $0.array(devices) { VolumeAttachmentView.write(&$0, $1, request.version) }
                        }
                    }
                }
            },
            Operation(.get, Self.path + "/{volume}") { [self] request in
                let server = try await env.server(request, ComputePolicy.volumeAttachmentShow)
                return Self.answer(try await device(of: server, request), request)
            },
            Operation(
                .post, Self.path,
                bodies: (["2.1", "2.49", "2.79"] as [Microversion]).map { BodySchema(since: $0, Self.schema(at: $0)) }
            ) { [self] in try await attach($0) },
            Operation(.put, Self.path + "/{volume}") { [self] in try await update($0) },
            Operation(.delete, Self.path + "/{volume}", success: .accepted) { [self] in try await detach($0) },
        ]
    }

    private func volumes(of server: Server) async throws -> [BlockDevice] {
        try await BlockDeviceStore.list(of: [server.id], in: env.database).filter { $0.volume != nil }
    }

    private func device(of server: Server, _ request: APIRequest) async throws -> BlockDevice {
        let volume = VolumeID(try request.parameter("volume"))
        guard let device = try await BlockDeviceStore.find(volume: volume, of: server.id, in: env.database) else {
            throw ServiceError(.notFound, "Instance \(server.id) is not attached to volume \(volume)")
        }
        return device
    }

    private func attach(_ request: APIRequest) async throws -> APIResponse {
        let server = try await env.server(request, ComputePolicy.volumeAttachmentCreate)
        let body = request.body["volumeAttachment"] ?? .null
        let volumeID = VolumeID(body["volumeId"]?.string ?? "")
        let volume = try await env.volumes.volume(volumeID, for: request.context, isAdmin: request.isAdmin)
        let devices = try await BlockDeviceStore.list(of: [server.id], in: env.database)
        guard !devices.contains(where: { $0.volume == volumeID }) else {
            throw ServiceError(
                .badRequest, "Invalid volume: volume \(volumeID) already attached")
        }
        guard volume.status == "available" || volume.isMultiattach && volume.status == "in-use" else {
            throw ServiceError(
                .badRequest,
                "Invalid volume: volume \(volumeID) status must be available or downloading to reserve, but the current status is \(volume.status)"
            )
        }
        var device = BlockDevice(
            id: env.ids.uuid(), server: server.id, source: .volume, destination: .volume, state: .attaching)
        device.volume = volumeID
        device.volumeGiB = volume.sizeGiB
        device.tag = body["tag"]?.string
        device.deleteOnTermination = body["delete_on_termination"]?.bool ?? false
        device.deviceName = try name(body["device"]?.string, besides: devices)
        let row = device
        let now = env.clock.now()
        try await ServerActionStarter(env).start(
            .attachVolume, on: server.id, request, about: .volume(volumeID)
        ) { _, begun, transaction in
            try BlockDeviceStore.insert(row, at: now, in: transaction)
            return .init(
                AttachVolumeState.sagaName, AttachVolumeState.sagaVersion,
                AttachVolumeState(server: begun.id, order: begun.version, volume: volumeID, device: row.id))
        }
        return Self.answer(device, request)
    }

    private func name(_ asked: String?, besides devices: [BlockDevice]) throws -> String {
        let used = Set(devices.compactMap(\.deviceName))
        if let asked {
            guard !used.contains(asked) else {
                throw ServiceError(.conflict, "The supplied device path (\(asked)) is in use.")
            }
            return asked
        }
        // The first free name after the root disk's.
        return (1...1024).lazy.map { ServerNames.disk($0) }.first { !used.contains($0) } ?? ServerNames.disk(1025)
    }

    private func update(_ request: APIRequest) async throws -> APIResponse {
        let server = try await env.server(request, ComputePolicy.volumeAttachmentUpdate)
        let device = try await device(of: server, request)
        let body = request.body["volumeAttachment"] ?? .null
        guard body["volumeId"]?.string == device.volume?.rawValue else {
            throw ServiceError(.badRequest, "Exchanging an attached volume is not supported.")
        }
        guard let keep = body["delete_on_termination"]?.bool else {
            throw ServiceError(.badRequest, "Nothing to update was given.")
        }
        try await env.database.execute(
            """
            UPDATE block_devices SET delete_on_termination = \(keep), version = version + 1 WHERE id = \(device.id)
            """)
        return .empty(.accepted)
    }

    private func detach(_ request: APIRequest) async throws -> APIResponse {
        let server = try await env.server(request, ComputePolicy.volumeAttachmentDelete)
        let device = try await device(of: server, request)
        guard let volume = device.volume, let attachment = device.attachment, device.state == .attached else {
            throw ServiceError(
                .conflict, "Volume \(device.volume?.rawValue ?? "") is \(device.state.rawValue). Try again later.")
        }
        guard device.bootIndex != 0 else {
            throw ServiceError(.forbidden, "Cannot detach a root device volume")
        }
        try await ServerActionStarter(env).start(
            .detachVolume, on: server.id, request, about: .volume(volume)
        ) { _, begun, transaction in
            guard case .changed = try BlockDeviceStore.beginDetach(device.id, in: transaction) else {
                throw ServiceError(.conflict, "Volume \(volume) is being detached already.")
            }
            return .init(
                DetachVolumeState.sagaName, DetachVolumeState.sagaVersion,
                DetachVolumeState(
                    server: begun.id, order: begun.version, volume: volume, device: device.id,
                    attachment: attachment))
        }
        return .empty()
    }

    private static func answer(_ device: BlockDevice, _ request: APIRequest) -> APIResponse {
        .json { json in
            json.object {
                $0.field("volumeAttachment") { VolumeAttachmentView.write(&$0, device, request.version) }
            }
        }
    }
}

enum VolumeAttachmentView {
    static func write(_ json: inout JSONWriter, _ device: BlockDevice, _ version: Microversion) {
        json.object {
            if version < "2.89" { $0.field("id", device.volume) }
            $0.field("serverId", device.server)
            $0.field("volumeId", device.volume)
            $0.field("device", device.deviceName)
            if version >= "2.70" { $0.field("tag", device.tag) }
            if version >= "2.79" { $0.field("delete_on_termination", device.deleteOnTermination) }
            if version >= "2.89" {
                $0.field("attachment_id", device.attachment)
                $0.field("bdm_uuid", device.id)
            }
        }
    }
}
