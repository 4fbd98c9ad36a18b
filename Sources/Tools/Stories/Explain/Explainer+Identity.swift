import Core
import Database
import FoundationEssentials

extension Explainer {
    func project(_ object: FoundObject) async throws -> Explanation {
        let row = try await row("identity", "SELECT * FROM projects WHERE id = \(object.id)")
        let isDomain: Bool = try row.get("is_domain")
        var answer = Explanation(
            object, state: (try row.get("enabled") ? "enabled" : "disabled") + (isDomain ? ", a domain" : ""),
            since: nil)
        answer.add("parent", try row.get("parent_id"))
        answer.add(
            "servers",
            try await count(
                "compute",
                "SELECT COUNT(*) AS number FROM servers WHERE project_id = \(object.id) AND deleted_at IS NULL"))
        answer.add(
            "volumes",
            try await count(
                "block-storage",
                "SELECT COUNT(*) AS number FROM volumes WHERE project_id = \(object.id) AND deleted_at IS NULL"))
        answer.add(
            "ports", try await count("network", "SELECT COUNT(*) AS number FROM ports WHERE project_id = \(object.id)"))
        return answer
    }

    func user(_ object: FoundObject) async throws -> Explanation {
        let row = try await row("identity", "SELECT * FROM users WHERE id = \(object.id)")
        var answer = Explanation(
            object, state: try row.get("enabled") ? "enabled" : "disabled", since: try row.get("created_at"))
        let failures: Int = try row.get("failed_attempts")
        if failures > 0 {
            let last: Date? = try row.get("last_failure_at")
            answer.add("failed log-ins", "\(failures)" + (last.map { ", the last \(age($0, now: now)) ago" } ?? ""))
        }
        answer.add("default project", try row.get("default_project_id"))
        return answer
    }

    private func count(_ service: String, _ sql: SQL) async throws -> String? {
        try await rows(service, sql).first.map { String(try $0.get("number", as: Int.self)) }
    }
}
