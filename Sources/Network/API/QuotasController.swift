import Core
import Database
import HTTPTypes
import WebAPI

/// Limits and use per project.
struct QuotasController {
    let service: NetworkBackend
    private let show = PolicyRule(
        "get_quota", default: "(role:admin) or (role:service) or (role:reader and project_id:%(project_id)s)")
    private let write = PolicyRule("update_quota", default: ResourcePolicies.admin)
    private let erase = PolicyRule("delete_quota", default: ResourcePolicies.admin)

    init(service: NetworkBackend) { self.service = service }

    var policies: [PolicyRule] { [show, write, erase] }

    var operations: [Operation] {
        [
            Operation(.get, "/quotas", name: "list quotas") { try await list($0) },
            Operation(.get, "/quotas/tenant", name: "show own project") { request in
                .json(["tenant": ["tenant_id": .string(request.context.projectID?.rawValue ?? "")]])
            },
            Operation(.get, "/quotas/{project}/default", name: "show default quotas") { request in
                try allow(show, request)
                return answer(service.quotas.limits)
            },
            Operation(.get, "/quotas/{project}/details.json", name: "show quota details") { try await details($0) },
            Operation(.get, "/quotas/{project}/details", name: "show quota details") { try await details($0) },
            Operation(.get, "/quotas/{project}", name: "show quotas") { request in
                try allow(show, request)
                return try await limits(try request.parameter("project"))
            },
            Operation(.put, "/quotas/{project}", name: "update quotas") { try await update($0) },
            Operation(.delete, "/quotas/{project}", name: "reset quotas", success: .noContent) { request in
                try allow(erase, request)
                let project = try request.parameter("project")
                let count = try await service.database.execute("DELETE FROM quotas WHERE project_id = \(project)")
                if count == 0 {
                    throw ServiceError.network(
                        .notFound, "TenantQuotaNotFound", "Quota for project \(project) could not be found.")
                }
                return .empty()
            },
        ]
    }

    private func allow(_ rule: PolicyRule, _ request: APIRequest) throws {
        let project = try request.parameter("project")
        try request.authorize(rule, target: ["project_id": project, "tenant_id": project])
    }

    private func answer(_ limits: [String: Int]) -> APIResponse {
        .json(["quota": .object(limits.mapValues { .integer(Int64($0)) })])
    }

    private func limits(_ project: String) async throws -> APIResponse {
        let quotas = service.quotas
        let limits = try await service.database.transaction("quotas") {
            try QuotaLedger.limits(of: project, quotas, $0)
        }
        return answer(limits)
    }

    private func list(_ request: APIRequest) async throws -> APIResponse {
        try request.authorize(write, target: [:])
        let rows = try await service.database.query("SELECT project_id, resource, quota_limit FROM quotas")
        var projects: [String: [String: Int]] = [:]
        for row in rows {
            let project: String = try row.get("project_id")
            projects[project, default: service.quotas.limits][try row.get("resource")] = try row.get("quota_limit")
        }
        let items = projects.sorted { $0.key < $1.key }.map { project, limits -> JSONValue in
            var members = limits.mapValues { JSONValue.integer(Int64($0)) }
            members["project_id"] = .string(project)
            members["tenant_id"] = .string(project)
            return .object(members)
        }
        return .json(["quotas": .array(items)])
    }

    private func details(_ request: APIRequest) async throws -> APIResponse {
        try allow(show, request)
        let project = try request.parameter("project")
        let quotas = service.quotas
        let items = try await service.database.transaction("quota details") { transaction in
            var items: [String: JSONValue] = [:]
            for (resource, limit) in try QuotaLedger.limits(of: project, quotas, transaction) {
                let used = try QuotaLedger.used(resource, by: project, transaction)
                items[resource] = ["limit": .integer(Int64(limit)), "used": .integer(Int64(used)), "reserved": 0]
            }
            return items
        }
        return .json(["quota": .object(items)])
    }

    private func update(_ request: APIRequest) async throws -> APIResponse {
        try allow(write, request)
        let project = try request.parameter("project")
        guard let given = request.body["quota"]?.object else {
            throw ServiceError.network(.badRequest, "HTTPBadRequest", "Unable to find 'quota' in request body")
        }
        var changes: [String: Int] = [:]
        for (name, value) in given where !["project_id", "tenant_id", "force", "check_limit"].contains(name) {
            guard service.quotas.limits[name] != nil else {
                throw ServiceError.network(.badRequest, "HTTPBadRequest", "Unrecognized attribute(s) '\(name)'")
            }
            guard let limit = value.int ?? value.string.flatMap({ Int($0) }), (-1...Int(Int32.max)).contains(limit)
            else {
                throw ServiceError.network(
                    .badRequest, "HTTPBadRequest",
                    "Invalid input for \(name). Reason: '\(value.pythonText)' is not a limit.")
            }
            changes[name] = limit
        }
        let checks = given["check_limit"] == true && given["force"] != true
        try await service.database.transaction("update quotas") { [changes] transaction in
            let sorted = changes.sorted { $0.key < $1.key }
            for (resource, limit) in sorted where checks && limit >= 0 {
                if try QuotaLedger.used(resource, by: project, transaction) > limit {
                    throw ServiceError.invalidInput("Quota limit lower than current use of \(resource)")
                }
            }
            guard !sorted.isEmpty else { return }
            let rows = sorted.map { "(\(project), \($0.key), \($0.value))" as SQL }
            try transaction.execute(
                """
                INSERT INTO quotas (project_id, resource, quota_limit) VALUES \(sql: .joined(rows, separator: ", "))
                ON DUPLICATE KEY UPDATE quota_limit = VALUE(quota_limit)
                """)
        }
        return try await limits(project)
    }
}
