import ComputeModel
import ComputeStore
import Core
import HTTPTypes
import WebAPI

/// The actions that move a server's power state; each is one row of this table.
struct ServerPowerController: Sendable {
    private let env: ComputeEnvironment

    init(_ environment: ComputeEnvironment) { env = environment }

    var operations: [Operation] {
        [
            power("os-start", .start, ComputePolicy.serverStart),
            power("os-stop", .stop, ComputePolicy.serverStop),
            power("pause", .pause, ComputePolicy.serverPause),
            power("unpause", .unpause, ComputePolicy.serverUnpause),
            power("suspend", .suspend, ComputePolicy.serverSuspend),
            power("resume", .resume, ComputePolicy.serverResume),
            Operation(
                .post, "/servers/{id}/action", action: "reboot", body: Self.rebootSchema, success: .accepted
            ) { [self] request in
                let server = try await env.server(request, ComputePolicy.serverReboot)
                let isHard = request.actionBody("reboot")["type"]?.string?.uppercased() == "HARD"
                try await start(isHard ? .rebootHard : .reboot, server, request)
                return .empty()
            },
        ]
    }

    private static let rebootSchema: JSONSchema = [
        "type": "object",
        "properties": [
            "reboot": [
                "type": "object",
                "properties": ["type": ["type": "string", "enum": ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]]],
                "required": ["type"], "additionalProperties": false,
            ]
        ],
        "required": ["reboot"], "additionalProperties": false,
    ]

    private func power(_ name: String, _ action: ServerAction, _ rule: PolicyRule) -> Operation {
        Operation(.post, "/servers/{id}/action", action: name, success: .accepted) { [self] request in
            let server = try await env.server(request, rule)
            try await start(action, server, request)
            return .empty()
        }
    }

    private func start(_ action: ServerAction, _ server: Server, _ request: APIRequest) async throws {
        try await ServerActionStarter(env).start(action, on: server.id, request) { before, now, _ in
            .init(
                PowerServerState.sagaName, PowerServerState.sagaVersion,
                PowerServerState(server: now.id, order: now.version, action: action, before: before.vmState))
        }
    }
}
