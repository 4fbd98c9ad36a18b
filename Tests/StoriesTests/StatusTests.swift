import Core
import Database
import FoundationEssentials
import TestSupport
import Testing

@testable import Stories

struct StatusTests {
    private let now = Date(timeIntervalSince1970: 1_790_000_000)
    private let up = DaemonReport(
        name: "conductor",
        status: .object([
            "ready": true, "version": "0.1.0", "pid": 7, "started_at": "2026-09-21T13:00:00.000000Z",
            "resident_bytes": .integer(30 << 20), "checks": .object(["database": "ok"]),
            "facts": .object([
                "messaging": .object(["publishing": true, "consuming": false, "unsent": 2]),
                "database compute": .object(["connections": 4, "busy": 1, "waiting": 9]),
                "workflows": .object(["working_on": 3]),
            ]),
        ]))

    @Test func aDaemonTellsItsConnectionsAndQueues() {
        let row = up.row(now: now)
        #expect(row.prefix(4) == ["conductor", "yes", "0.1.0", "7"])
        #expect(Array(row[5...8]) == ["30 MiB", "DOWN, 2 unsent", "1/4 busy, 9 wait", "3"])
    }

    @Test func theVerdictNamesWhatIsNotReady() async {
        let down = DaemonReport(name: "network", isReady: false, status: nil, problems: ["does not run"])
        let status = await CloudStatus([up, down], CloudDatabases([:], missing: ["image": "gone"]), now: now)
        #expect(!status.isReady)
        #expect(status.verdict == "not ready: network")
        #expect(status.text.contains("not read: image: gone"))
        let well = await CloudStatus([up], CloudDatabases([:]), now: now)
        #expect(well.isReady)
        #expect(well.verdict == "all 1 daemons are ready, 0 workflows under way")
    }

    @Test(.enabled(if: TestServices.isDatabaseAvailable))
    func stuckWorkflowsAndLostHostsAreInTheVerdict() async throws {
        try await Cloud.with { cloud in
            try await Cloud.fill(cloud, now: now)
            _ = try await cloud[service: "compute"]?.execute("UPDATE sagas SET status = 'stuck'")
            _ = try await cloud[service: "compute"]?.execute(
                """
                INSERT IGNORE INTO services (id, host, `binary`, last_seen_at, created_at)
                VALUES (\(Cloud.id(30)), 'host9', 'nova-compute', \(now.addingTimeInterval(-61)), \(now))
                """)
            let status = await CloudStatus([up], cloud, now: now)
            #expect(status.verdict == "down: nova-compute on host9; 1 stuck workflow")
        }
    }
}
