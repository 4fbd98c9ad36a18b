import Core
import Database
import FoundationEssentials
import SchedulerModel
import Workflow

extension Explainer {
    func server(_ object: FoundObject) async throws -> Explanation {
        let id = object.id
        let row = try await row(
            "compute",
            """
            SELECT s.*, f.code AS fault_code, f.message AS fault_message, f.details AS fault_details
            FROM servers s LEFT JOIN server_faults f ON f.server_id = s.id WHERE s.id = \(id)
            """)
        let task: String? = try row.get("task_state")
        let updated: Date? = try row.get("updated_at")
        var answer = Explanation(
            object, state: try row.get("vm_state", as: String.self) + (task.map { ", \($0)" } ?? ""),
            since: try updated ?? row.get("created_at", as: Date.self))
        let host: String? = try row.get("host")
        answer.add("host", host)
        // A parked step is the agent's: it reports when it is done.
        if task != nil, let host { answer.owner = "compute-agent on \(host)" }
        answer.add("image", try row.get("image_id"))
        answer.add("generation", String(try row.get("version", as: Int.self)))
        if let message: String = try row.get("fault_message") {
            let details: String = try row.get("fault_details") ?? ""
            answer.fault =
                "\(message) (\(try row.get("fault_code", as: Int.self)))" + (details.isEmpty ? "" : "\n\(details)")
        }
        try await addDevices(of: id, to: &answer)
        answer.actions = try await actions(of: id)
        answer.selection = try await rows("placement", "SELECT selection FROM selections WHERE server = \(id)").first?
            .get("selection", as: JSONValue.self).decode(Selection.self)
        return answer
    }

    private func addDevices(of id: String, to answer: inout Explanation) async throws {
        for device in try await rows(
            "compute",
            """
            SELECT volume_id, device_name, attachment_id, state FROM block_devices
            WHERE server_id = \(id) AND volume_id IS NOT NULL ORDER BY created_at LIMIT 100
            """)
        {
            let name: String? = try device.get("device_name")
            answer.add(
                "volume",
                "\(try device.get("volume_id", as: String.self)) \(try device.get("state", as: String.self))"
                    + (name.map { " at \($0)" } ?? ""))
        }
        for port in try await rows(
            "compute",
            "SELECT port_id, fixed_ip, state FROM server_interfaces WHERE server_id = \(id) ORDER BY position LIMIT 100"
        ) {
            let address: String? = try port.get("fixed_ip")
            answer.add(
                "port",
                "\(try port.get("port_id", as: String?.self) ?? "not made yet") \(try port.get("state", as: String.self))"
                    + (address.map { " with \($0)" } ?? ""))
        }
    }

    private func actions(of id: String) async throws -> [Explanation.Action] {
        try await rows(
            "compute",
            """
            SELECT action, request_id, message, started_at, finished_at FROM server_actions
            WHERE server_id = \(id) ORDER BY id DESC LIMIT 5
            """
        ).map { row in
            let message: String? = try row.get("message")
            let finished: Date? = try row.get("finished_at")
            return Explanation.Action(
                what: try row.get("action"), requestID: try row.get("request_id"), at: try row.get("started_at"),
                outcome: message ?? (finished == nil ? "under way" : "done"))
        }
    }

    func workflow(_ object: FoundObject) async throws -> Explanation {
        guard let saga = try await workflows.show(object.id) else {
            throw ServiceError(.notFound, "It has just gone.")
        }
        let record = saga.record
        var answer = Explanation(
            object, state: record.status.rawValue + (record.status.isOver ? "" : ", step \(record.step)"),
            since: record.status.isOver ? record.finishedAt : record.stepStartedAt ?? record.updatedAt)
        if let waiting = record.waitingFor { answer.waitsFor.append(waiting) }
        answer.owner = saga.owner(now: now).map { "\($0), generation \(record.generation)" }
        answer.fault = record.failure?.message
        answer.add("subject", record.subject)
        answer.add("request", record.requestID)
        answer.workflows = [saga]
        return answer
    }
}
