import ComputeModel
import ComputeStore
import Core
import HTTPTypes
import Messaging
import WebAPI

/// `/os-server-external-events`: what other services saw happen to servers.
///
/// Passed on to the conductor, which owns the sagas that wait for it and what is kept of addresses; repeating an
/// event changes nothing.
struct ExternalEventsController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    private static let names: JSONValue = [
        "network-changed", "network-vif-plugged", "network-vif-unplugged", "network-vif-deleted", "volume-extended",
        "power-update", "accelerator-request-bound", "volume-reimaged",
    ]
    private static let schema: JSONSchema = JSONSchema([
        "type": "object",
        "properties": [
            "events": [
                "type": "array", "minItems": 1, "maxItems": 1000,
                "items": [
                    "type": "object", "additionalProperties": false, "required": ["server_uuid", "name"],
                    "properties": [
                        "server_uuid": ["type": "string", "format": "uuid"], "name": ["type": "string", "enum": names],
                        "status": ["type": "string", "enum": ["failed", "completed", "in-progress"]],
                        "tag": ["type": "string", "maxLength": 255],
                    ],
                ],
            ]
        ],
        "required": ["events"], "additionalProperties": false,
    ])

    private struct Outcome {
        let event: JSONValue
        let code: Int
    }

    var operations: [Operation] {
        [
            Operation(
                .post, "/os-server-external-events", policy: ComputePolicy.externalEvents, body: Self.schema
            ) { [self] in try await accept($0) }
        ]
    }

    private func accept(_ request: APIRequest) async throws -> APIResponse {
        let events = request.body["events"]?.array ?? []
        let ids = Set(events.map { ServerID($0["server_uuid"]?.string ?? "") })
        let servers = try await ServerStore.find(ids.sorted(), in: env.database)
        let outcomes = events.map { event in
            let server = servers[ServerID(event["server_uuid"]?.string ?? "")]
            return Outcome(event: event, code: server == nil ? 404 : server?.host == nil ? 422 : 200)
        }
        let accepted = outcomes.filter { $0.code == 200 }.map { outcome in
            ServerExternalEvent(
                event: outcome.event["name"]?.string ?? "",
                server: ServerID(outcome.event["server_uuid"]?.string ?? ""),
                tag: outcome.event["tag"]?.string, status: outcome.event["status"]?.string ?? "completed")
        }
        if let only = accepted.first, accepted.count == 1 {
            try await env.rpc.cast(only, request.context)
        } else if !accepted.isEmpty {
            try await env.rpc.cast(ServerExternalEvents(events: accepted), request.context)
        }
        guard outcomes.contains(where: { $0.code == 200 }) else {
            throw ServiceError(.notFound, "No instances found for any event")
        }
        let status: HTTPResponse.Status = outcomes.allSatisfy { $0.code == 200 } ? .ok : .init(code: 207)
        return .json(status) { json in
            json.object { json in
                json.field("events") { $0.array(outcomes) { Self.write(&$0, $1) } }
            }
        }
    }

    private static func write(_ json: inout JSONWriter, _ outcome: Outcome) {
        json.object {
            $0.field("name", outcome.event["name"]?.string)
            $0.field("server_uuid", outcome.event["server_uuid"]?.string)
            $0.field("status", outcome.code == 200 ? outcome.event["status"]?.string ?? "completed" : "failed")
            $0.field("tag", outcome.event["tag"]?.string)
            $0.field("code", outcome.code)
        }
    }
}
