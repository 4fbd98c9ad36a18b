import ComputeModel
import ComputeStore
import Core
import Database
import FoundationEssentials
import TestSupport
import Testing

@testable import ComputeAPI

@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct ServerAcceptanceTests {
    private let owner = (project: ProjectID("p1"), user: UserID("u1"))
    private var context: RequestContext {
        RequestContext(requestID: "req-\(IDGenerator.random.uuid())", userID: owner.user, projectID: owner.project)
    }

    private func plan(_ count: Int = 1) -> ServerPlan {
        let flavor = Flavor(
            id: FlavorID("1"), name: "m1.tiny", vcpus: 1, memoryMiB: 512, rootGiB: 1,
            createdAt: Date(timeIntervalSince1970: 1_700_000_000))
        var root = BlockDevicePlan(source: .image, destination: .local, uuid: "img", bootIndex: 0)
        root.deviceName = "/dev/vda"
        return ServerPlan(
            name: "web", count: count, flavor: flavor,
            image: ImageSpec(id: ImageID("img"), hash: nil, diskFormat: "qcow2"), devices: [root],
            interfaces: [InterfacePlan(network: NetworkID("net"))], securityGroups: ["default"],
            metadata: ["a": "b"], tags: ["t"], configDrive: false, diskConfig: .manual, hints: [:],
            adminPassword: "secret", returnsReservation: false)
    }

    private func withEnvironment<T: Sendable>(
        quota: [String: Int] = [:], _ body: (ComputeEnvironment) async throws -> T
    ) async throws -> T {
        try await TestServices.withDatabase(service: "compute", migrations: computeMigrations) { database in
            try await body(try sampleEnvironment(database, quota: quota))
        }
    }

    private func count(_ table: SQL, _ env: ComputeEnvironment) async throws -> Int {
        try await env.database.first("SELECT COUNT(*) AS found FROM \(sql: table)")?.get("found") ?? -1
    }

    @Test func anAcceptedServerHasItsRowsAndItsSaga() async throws {
        try await withEnvironment { env in
            let servers = try await ServerCreation(env).create(plan(2), owner: owner, context)
            #expect(servers.map(\.name) == ["web-1", "web-2"])
            #expect(servers.map(\.launchIndex) == [0, 1])
            #expect(Set(servers.map(\.reservationID)).count == 1)
            for (table, wanted) in [
                ("servers", 2), ("sagas", 2), ("block_devices", 2), ("server_interfaces", 2), ("server_metadata", 2),
                ("server_tags", 2), ("server_actions", 2),
            ] as [(SQL, Int)] {
                #expect(try await count(table, env) == wanted)
            }
            let row = try #require(try await ServerStore.find(servers[0].id, in: env.database))
            #expect(row.vmState == .building)
            #expect(row.taskState == .scheduling)
            #expect(row.rootDeviceName == "/dev/vda")
        }
    }

    /// Racing requests cannot both take the last of a quota.
    @Test func racingRequestsNeverPassTheQuota() async throws {
        try await withEnvironment(quota: ["instances": 5]) { env in
            let plan = plan()
            let refused = await withTaskGroup(of: ServiceError.Code?.self) { group in
                for _ in 0..<20 {
                    let context = context
                    let owner = owner
                    group.addTask {
                        do {
                            _ = try await ServerCreation(env).create(plan, owner: owner, context)
                            return nil
                        } catch {
                            return (error as? ServiceError)?.code ?? .internal
                        }
                    }
                }
                return await group.reduce(into: [ServiceError.Code]()) { all, code in if let code { all.append(code) } }
            }
            #expect(refused == Array(repeating: .overQuota, count: 15))
            let found = (try await count("servers", env), try await count("sagas", env))
            #expect(found == (5, 5))
        }
    }

    @Test func aProjectsOwnLimitsReplaceTheDefaults() async throws {
        try await withEnvironment(quota: ["instances": 1]) { env in
            try await QuotaStore.setLimits(["instances": -1], of: owner.project, in: env.database)
            _ = try await ServerCreation(env).create(plan(3), owner: owner, context)
            try await QuotaStore.setLimits(["cores": 3], of: owner.project, in: env.database)
            let error = await #expect(throws: ServiceError.self) {
                try await ServerCreation(env).create(plan(), owner: owner, context)
            }
            #expect(
                error?.message == "Quota exceeded for cores: Requested 1, but already used 3 of 3 cores")
        }
    }

    @Test func deletingTwiceStartsOneSaga() async throws {
        try await withEnvironment { env in
            let id = try await ServerCreation(env).create(plan(), owner: owner, context)[0].id
            for _ in 0..<3 { try await ServerDeletion(env).delete(id, overridesLock: false, context) }
            let sagas = try await count("sagas WHERE name = 'delete-server'", env)
            #expect(sagas == 1)
            let row = try await ServerStore.find(id, in: env.database)
            #expect(row?.taskState == .deleting)
        }
    }

    @Test func aLockedServerIsLeftAlone() async throws {
        try await withEnvironment { env in
            let id = try await ServerCreation(env).create(plan(), owner: owner, context)[0].id
            try await env.database.execute("UPDATE servers SET is_locked = TRUE WHERE id = \(id)")
            let error = await #expect(throws: ServiceError.self) {
                try await ServerDeletion(env).delete(id, overridesLock: false, context)
            }
            #expect(error?.code == .conflict)
            try await ServerDeletion(env).delete(id, overridesLock: true, context)
            let row = try await ServerStore.find(id, in: env.database)
            #expect(row?.taskState == .deleting)
        }
    }

    @Test func anActionInTheWrongStateIsRefusedAndLeavesNothing() async throws {
        try await withEnvironment { env in
            let id = try await ServerCreation(env).create(plan(), owner: owner, context)[0].id
            let error = await #expect(throws: ServiceError.self) {
                try await ServerActionStarter(env).start(.stop, on: id, overridesLock: false, context) {
                    before, now, _ in
                    .init(
                        PowerServerState.sagaName, PowerServerState.sagaVersion,
                        PowerServerState(server: id, order: now.version, action: .stop, before: before.vmState))
                }
            }
            #expect(error?.message == "Cannot 'stop' instance \(id) while it is in vm_state building")
            let found = (try await count("sagas", env), try await count("server_actions", env))
            #expect(found == (1, 1))
        }
    }

    @Test func pagesFollowEachOtherWithoutGapsOrRepeats() async throws {
        try await withEnvironment(quota: ["instances": -1, "cores": -1, "ram": -1]) { env in
            _ = try await ServerCreation(env).create(plan(7), owner: owner, context)
            for isAscending in [true, false] {
                var filter = ServerFilter()
                filter.project = owner.project
                filter.isAscending = isAscending
                var seen: [ServerID] = []
                while true {
                    let page = try await ServerListStore.list(filter, after: seen.last, limit: 3, in: env.database)
                    seen += page.map(\.id)
                    if page.count < 3 { break }
                }
                #expect(seen.count == 7)
                #expect(Set(seen).count == 7)
            }
        }
    }

    @Test func statusFiltersAgreeWithTheStatusShown() async throws {
        try await withEnvironment { env in
            let id = try await ServerCreation(env).create(plan(), owner: owner, context)[0].id
            let states: [(VMState, TaskState?)] = [
                (.building, .spawning), (.active, nil), (.active, .rebootingHard), (.active, .deleting),
                (.stopped, nil),
                (.error, .rebootingHard), (.error, nil), (.paused, .unpausing),
            ]
            for (state, task) in states {
                try await env.database.execute(
                    "UPDATE servers SET vm_state = \(state), task_state = \(task) WHERE id = \(id)")
                for status in ["BUILD", "ACTIVE", "HARD_REBOOT", "SHUTOFF", "ERROR", "PAUSED"] {
                    var filter = ServerFilter()
                    filter.statuses = [status]
                    let found = try await ServerListStore.list(filter, after: nil, limit: 9, in: env.database)
                    #expect(
                        found.isEmpty != (ServerStatus.of(state, task) == status),
                        "\(state) \(String(describing: task))")
                }
            }
        }
    }
}
