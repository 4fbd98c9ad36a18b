import Core
import Database
import FoundationEssentials
import Workflow

/// Long operations: those that make no progress, and those whose subject is gone.
struct SagasCheck: DoctorCheck {
    let name = "sagas"
    let summary = "workflows that are stuck, that no daemon takes, that are late, or whose subject is gone"

    /// What a workflow of a service may be about, and how a row of it says that it is gone.
    static let subjects: [String: [(table: StaticString, gone: SQL)]] = [
        "compute": [("servers", "deleted_at IS NOT NULL")],
        "block-storage": [("volumes", "deleted_at IS NOT NULL"), ("snapshots", "deleted_at IS NOT NULL")],
        "image": [("images", "status = 'deleted'")],
    ]
    /// Seconds: an engine looks every second and a lease is 30 s long.
    private static let patience = 15

    func run(_ cloud: Cloud) async throws -> [Finding] {
        var findings: [Finding] = []
        for service in Cloud.sagaServices where cloud.isConfigured(service) {
            let rows = try await cloud.database(service).query(
                """
                SELECT id, name, subject, status, step_name, owner, waiting_for, deadline,
                    CAST(COALESCE(TIMESTAMPDIFF(SECOND, due_at, UTC_TIMESTAMP(6)), -1) AS SIGNED) AS overdue,
                    CAST(TIMESTAMPDIFF(SECOND, updated_at, UTC_TIMESTAMP(6)) AS SIGNED) AS age
                FROM sagas WHERE finished_at IS NULL ORDER BY id LIMIT 10000
                """)
            let living = try await Self.living(try rows.map { try $0.get("subject") }, service, cloud)
            for row in rows { if let finding = try Self.judge(row, service, living) { findings.append(finding) } }
        }
        return findings
    }

    /// Those of the subjects that are there and not deleted.
    private static func living(_ subjects: [String], _ service: String, _ cloud: Cloud) async throws -> Set<String> {
        var found: Set<String> = []
        guard !subjects.isEmpty else { return found }
        for (table, gone) in Self.subjects[service] ?? [] {
            found.formUnion(
                try await cloud.values(
                    service,
                    "SELECT id FROM \(identifier: table) WHERE id IN \(anyOf: subjects) AND NOT (\(sql: gone))"))
        }
        return found
    }

    private static func judge(_ row: Row, _ service: String, _ living: Set<String>) throws -> Finding? {
        let id: String = try row.get("id")
        let name: String = try row.get("name")
        let subject: String = try row.get("subject")
        let status: String = try row.get("status")
        let step: String = try row.get("step_name")
        let overdue: Int = try row.get("overdue")
        let waiting: String = try row.get("waiting_for") ?? ""
        let about = "\(name) of \(subject), \(status) at step \(step)"
        if status == "stuck" {
            return Finding(
                .critical, .mismatch, "workflow \(id)", "\(about): \(waiting.prefix(200))",
                advice: "mend the cause, then: apus workflows resume \(id)", repair: resume(id, service),
                isSettled: true)
        }
        if overdue > patience {
            let owner: String? = try row.get("owner")
            let late = try row.get("deadline", as: Date?.self) == nil ? "" : ", beyond its deadline"
            return Finding(
                .critical, .mismatch, "workflow \(id)",
                "\(about)\(late): due for \(overdue) s, and no daemon takes it (last owner: \(owner ?? "none"))",
                advice: "start \(runner(of: service)); a newer release may know the workflow if this one does not")
        }
        // The last step of a deletion ends with the row marked, so it is given some time.
        if !living.contains(subject), try row.get("age", as: Int.self) > 60, !name.hasPrefix("delete") {
            return Finding(
                .warning, .mismatch, "workflow \(id)", "\(about): what it is about does not exist",
                advice: "it ends by its deadline; see apus workflows show \(id)")
        }
        return nil
    }

    static func runner(of service: String) -> String { service == "compute" ? "conductor" : service }

    /// Lets it try again, when the daemon that runs it has all that it needs.
    private static func resume(_ id: String, _ service: String) -> Repair {
        Repair("resume workflow \(id)") { cloud in
            let daemon = runner(of: service)
            if let url = try DaemonsCheck.adminURL(daemon, cloud) {
                let answer = try await HTTPProbe.get("\(url)/readyz", cloud.clock)
                guard answer.status == 200 else { return .refused("\(daemon) is not ready: the cause may not be gone") }
            }
            do {
                try await SagaTable.resume(try await cloud.database(service), id: id, now: cloud.clock.now())
                return .done("\(daemon) goes on undoing it")
            } catch let error as ServiceError where error.code == .conflict || error.code == .notFound {
                return .refused(error.message)
            }
        }
    }
}

/// Objects in the middle of something that no workflow does.
struct TasksCheck: DoctorCheck {
    let name = "tasks"
    let summary = "servers, volumes, snapshots and images in a state of transition that no workflow will end"

    /// Rows in transition, by service.
    private static let transitions: [(service: String, kind: String, sql: SQL)] = [
        (
            "compute", "server",
            """
            SELECT id, COALESCE(task_state, vm_state) AS state FROM servers
            WHERE deleted_at IS NULL AND (task_state IS NOT NULL OR vm_state = 'building')
                AND COALESCE(updated_at, created_at) < UTC_TIMESTAMP(6) - INTERVAL 5 SECOND ORDER BY id LIMIT 1000
            """
        ),
        (
            "block-storage", "volume",
            """
            SELECT id, status AS state FROM volumes
            WHERE deleted_at IS NULL AND status IN ('creating', 'deleting', 'extending', 'uploading', 'downloading')
                AND COALESCE(updated_at, created_at) < UTC_TIMESTAMP(6) - INTERVAL 5 SECOND ORDER BY id LIMIT 1000
            """
        ),
        (
            "block-storage", "snapshot",
            """
            SELECT id, status AS state FROM snapshots
            WHERE deleted_at IS NULL AND status IN ('creating', 'deleting')
                AND COALESCE(updated_at, created_at) < UTC_TIMESTAMP(6) - INTERVAL 5 SECOND ORDER BY id LIMIT 1000
            """
        ),
        (
            "image", "image",
            """
            SELECT id, status AS state FROM images
            WHERE status = 'importing' AND updated_at < UTC_TIMESTAMP(6) - INTERVAL 5 SECOND ORDER BY id LIMIT 1000
            """
        ),
    ]

    func run(_ cloud: Cloud) async throws -> [Finding] {
        var findings: [Finding] = []
        for (service, kind, sql) in Self.transitions where cloud.isConfigured(service) {
            let database = try await cloud.database(service)
            let rows = try await database.query(sql)
            guard !rows.isEmpty else { continue }
            // After the rows, so that one whose workflow has just ended is in neither look. A stuck one counts too:
            // it is told of as such.
            let busy = try await cloud.values(
                service, "SELECT DISTINCT subject FROM sagas WHERE finished_at IS NULL", "subject")
            for row in rows {
                let id: String = try row.get("id")
                guard !busy.contains(id) else { continue }
                findings.append(
                    Finding(
                        .critical, .mismatch, "\(kind) \(id)",
                        "it is \(try row.get("state", as: String.self)), and no workflow of it is under way",
                        advice: Self.advice(kind, id)))
            }
        }
        return findings
    }

    private static func advice(_ kind: String, _ id: String) -> String {
        switch kind {
        case "server": "openstack server set --state error \(id), then delete it or start it again"
        case "volume": "openstack volume set --state error \(id), then delete it"
        case "snapshot": "openstack volume snapshot set --state error \(id), then delete it"
        default: "openstack image delete \(id)"
        }
    }
}
