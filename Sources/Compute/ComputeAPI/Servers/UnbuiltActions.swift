import Core
import HTTPTypes
import WebAPI

/// Actions that the API has and this cloud has not yet: each says so.
enum UnbuiltActions {
    private static let names = [
        "rebuild", "resize", "confirmResize", "revertResize", "rescue", "unrescue", "shelve", "shelveOffload",
        "unshelve", "migrate", "os-migrateLive", "evacuate", "createBackup", "restore", "changePassword",
        "injectNetworkInfo", "resetNetwork", "trigger_crash_dump", "os-getVNCConsole", "os-getSPICEConsole",
        "os-getSerialConsole", "os-getRDPConsole", "os-getMKSConsole",
    ]

    static let operations: [Operation] =
        names.map { name in
            Operation(.post, "/servers/{id}/action", action: name, policy: ComputePolicy.serverUpdate) { _ in
                throw ServiceError(.badRequest, "The action \(name) is not supported by this cloud yet.")
            }
        } + [
            Operation(.post, "/servers/{id}/remote-consoles", .since("2.6"), policy: ComputePolicy.serverUpdate) { _ in
                throw ServiceError(.badRequest, "Remote consoles are not supported by this cloud yet.")
            }
        ]
}
