import BlockStorage
import ComputeStore
import Core
import Database
import FoundationEssentials
import Identity
import Image
import Network
import Scheduler
import TestSupport

@testable import Doctor

/// A cloud of databases of its own and settings in a folder of its own.
struct TestCloud: Sendable {
    let folder: String
    let cloud: Cloud
    private let databases: [String: TestDatabase]

    static let services = [
        ServiceDatabase(name: "identity", file: "identity.conf", migrations: identityMigrations),
        ServiceDatabase(name: "compute", file: "compute-api.conf", migrations: computeMigrations),
        ServiceDatabase(name: "placement", file: "scheduler.conf", migrations: placementMigrations),
        ServiceDatabase(name: "network", file: "network.conf", migrations: networkMigrations),
        ServiceDatabase(name: "image", file: "image.conf", migrations: imageMigrations),
        ServiceDatabase(name: "block-storage", file: "block-storage.conf", migrations: blockStorageMigrations),
    ]

    /// - Parameters:
    ///   - services: those with a database.
    ///   - settings: more lines by file; `FOLDER` in them is the cloud's folder.
    nonisolated(nonsending) static func with(
        _ services: [String], settings: [String: String] = [:],
        programs: @escaping Cloud.Programs = { program, _, _ in throw CheckSkipped(reason: "no \(program) in tests") },
        _ body: nonisolated(nonsending) (TestCloud) async throws -> Void
    ) async throws {
        try await TestServices.inTurn { try await make(services, settings, programs, body) }
    }

    private nonisolated(nonsending) static func make(
        _ services: [String], _ settings: [String: String], _ programs: @escaping Cloud.Programs,
        _ body: nonisolated(nonsending) (TestCloud) async throws -> Void
    ) async throws {
        let folder = "/tmp/apus-doctor-\(IDGenerator.random.hex())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var databases: [String: TestDatabase] = [:]
        var files = settings
        for service in Self.services where services.contains(service.name) {
            let database = try await TestDatabase.create(poolSize: 2)
            databases[service.name] = database
            _ = try await Migrator.migrate(database.database, service: service.name, service.migrations)
            files[service.file, default: ""] += """

                [database]
                socket = \(database.options.socket ?? "")
                user = root
                name = \(database.options.name)

                """
        }
        for (file, text) in files {
            try text.replacing("FOLDER", with: folder).write(
                to: URL(filePath: "\(folder)/\(file)"), atomically: true, encoding: .utf8)
        }
        let cloud = Cloud(folder: folder, services: Self.services, programs: programs)
        let test = TestCloud(folder: folder, cloud: cloud, databases: databases)
        do {
            try await body(test)
            try await test.end()
        } catch {
            try await test.end()
            throw error
        }
    }

    private func end() async throws {
        await cloud.close()
        for database in databases.values { try await database.drop() }
        try FileManager.default.removeItem(atPath: folder)
    }

    func execute(_ service: String, _ sql: SQL) async throws {
        try await cloud.database(service).execute(sql)
    }

    /// Makes a file that was last written to `age` seconds ago.
    func makeFile(_ path: String, age: Double = 0, text: String = "x") throws {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(to: URL(filePath: path), atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes(
            [.modificationDate: Date().addingTimeInterval(-age)], ofItemAtPath: path)
    }

    func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// What one check finds in one look.
    func findings(_ check: any DoctorCheck) async throws -> [Finding] { try await check.run(cloud) }

    var journal: RepairJournal { RepairJournal(path: "\(folder)/journal/repairs.jsonl") }

    /// Looks with one check, once, and repairs what it finds.
    func repair(_ check: any DoctorCheck) async throws -> [RepairEntry] {
        var examination = Examination([check])
        examination.looks = 1
        let report = await examination.run(cloud)
        return try await RepairRun(journal: journal, by: "tester@here").repair(report, cloud)
    }
}

extension TestCloud {
    func makeServer(
        _ id: String, host: String? = nil, state: String = "active", task: String? = nil, isDeleted: Bool = false,
        image: String? = nil, secondsAgo: Int = 60
    ) async throws {
        try await execute(
            "compute",
            """
            INSERT INTO servers (id, project_id, user_id, name, hostname, reservation_id, vm_state, task_state, host, node,
                scheduler_hints, flavor_id, flavor, vcpus, memory_mib, image_id, security_groups, network_info,
                created_at, deleted_at)
            VALUES (\(id), 'p', 'u', 's', 's', 'r', \(isDeleted ? "deleted" : state), \(task), \(host), \(host),
                '{}', '1', '{}', 1, 64, \(image), '[]', '[]', UTC_TIMESTAMP(6) - INTERVAL \(secondsAgo) SECOND,
                IF(\(isDeleted), UTC_TIMESTAMP(6), NULL))
            """)
    }

    func makeSaga(
        _ id: String, in service: String = "compute", of subject: String, name: String = "build-server",
        status: String = "running", dueInSeconds due: Int? = 30, ageSeconds: Int = 0, hasDeadline: Bool = false
    ) async throws {
        try await execute(
            service,
            """
            INSERT INTO sagas (id, name, version, subject, status, step_name, state, context, due_at, deadline,
                created_at, updated_at)
            VALUES (\(id), \(name), 1, \(subject), \(status), 'spawn', '{}', '{}',
                UTC_TIMESTAMP(6) + INTERVAL \(due) SECOND,
                IF(\(hasDeadline), UTC_TIMESTAMP(6) + INTERVAL \(due) SECOND, NULL),
                UTC_TIMESTAMP(6) - INTERVAL \(ageSeconds) SECOND, UTC_TIMESTAMP(6) - INTERVAL \(ageSeconds) SECOND)
            """)
    }

    func endSaga(_ id: String, in service: String = "compute") async throws {
        try await execute(
            service,
            "UPDATE sagas SET status = 'succeeded', due_at = NULL, finished_at = UTC_TIMESTAMP(6) WHERE id = \(id)")
    }

    func makeClaim(_ consumer: String, provider: String = "11111111-1111-4111-8111-111111111111", host: String = "h1")
        async throws
    {
        try await execute(
            "placement",
            "INSERT IGNORE INTO resource_providers (id, name, root) VALUES (\(provider), \(host), \(provider))")
        try await execute(
            "placement",
            "INSERT IGNORE INTO inventories (provider, resource_class, total) VALUES (\(provider), 'VCPU', 4)")
        try await execute(
            "placement", "INSERT INTO consumers (id, project, user) VALUES (\(consumer), 'p', 'u')")
        try await execute(
            "placement",
            """
            INSERT INTO allocations (consumer, provider, resource_class, used)
            VALUES (\(consumer), \(provider), 'VCPU', 1)
            """)
    }
}

/// The same id each time: a UUID that ends in `number`.
func testID(_ number: Int) -> String {
    let digits = String(number)
    return "aaaaaaaa-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
}
