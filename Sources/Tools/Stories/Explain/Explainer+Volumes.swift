import Core
import Database
import FoundationEssentials

extension Explainer {
    func volume(_ object: FoundObject) async throws -> Explanation {
        let row = try await row("block-storage", "SELECT * FROM volumes WHERE id = \(object.id)")
        var answer = try stated(object, row, "status")
        answer.add("size", "\(try row.get("size_gib", as: Int.self)) GiB")
        answer.add("host", try row.get("host"))
        answer.add("from image", try row.get("image_id"))
        answer.add("from snapshot", try row.get("snapshot_id"))
        answer.add("from volume", try row.get("source_volid"))
        for attachment in try await rows(
            "block-storage",
            "SELECT * FROM attachments WHERE volume_id = \(object.id) AND deleted_at IS NULL ORDER BY created_at LIMIT 50"
        ) {
            answer.add(
                "attachment",
                "\(try attachment.get("id", as: String.self)) \(try attachment.get("status", as: String.self)), "
                    + "\(try place(attachment))")
        }
        if try await !rows(
            "block-storage",
            """
            SELECT id FROM attachments WHERE volume_id = \(object.id) AND deleted_at IS NULL AND connector IS NOT NULL
            LIMIT 1
            """
        ).isEmpty {
            answer.add("export", "iqn.2010-10.org.openstack:volume-\(object.id)")
        }
        for device in try await rows(
            "compute", "SELECT server_id, state, device_name FROM block_devices WHERE volume_id = \(object.id) LIMIT 50"
        ) {
            answer.add(
                "in server",
                "\(try device.get("server_id", as: String.self)), \(try device.get("state", as: String.self))")
        }
        return answer
    }

    func snapshot(_ object: FoundObject) async throws -> Explanation {
        let row = try await row("block-storage", "SELECT * FROM snapshots WHERE id = \(object.id)")
        var answer = try stated(object, row, "status")
        answer.add("volume", try row.get("volume_id"))
        answer.add("progress", try row.get("progress"))
        return answer
    }

    func attachment(_ object: FoundObject) async throws -> Explanation {
        let row = try await row("block-storage", "SELECT * FROM attachments WHERE id = \(object.id)")
        var answer = try stated(object, row, "status")
        answer.add("volume", try row.get("volume_id"))
        answer.add("place", try place(row))
        if answer.state == "reserved" || answer.state == "attaching" {
            answer.waitsFor.append("compute to connect the server and to complete it")
        }
        return answer
    }

    func image(_ object: FoundObject) async throws -> Explanation {
        let row = try await row("image", "SELECT * FROM images WHERE id = \(object.id)")
        var answer = try stated(object, row, "status")
        answer.add("visibility", try row.get("visibility"))
        answer.add("format", try row.get("disk_format"))
        answer.add("size", try row.get("size", as: Int?.self).map { "\($0) bytes" })
        answer.add("uploading at", try row.get("upload_host"))
        switch answer.state {
        case "queued": answer.waitsFor.append("its data: an upload or an import")
        case "saving", "uploading": answer.waitsFor.append("the end of the upload")
        default: break
        }
        for task in try await rows(
            "image",
            """
            SELECT id, type, status, message, request_id, created_at FROM tasks WHERE image_id = \(object.id)
            ORDER BY created_at DESC LIMIT 3
            """)
        {
            let message: String = try task.get("message")
            let status: String = try task.get("status")
            answer.add(
                "task", "\(try task.get("id", as: String.self)) \(try task.get("type", as: String.self)), \(status)")
            if status == "failure", !message.isEmpty { answer.fault = message }
        }
        return answer
    }

    private func place(_ attachment: Row) throws -> String {
        let server: String? = try attachment.get("instance_uuid")
        let host: String? = try attachment.get("attached_host")
        let device: String? = try attachment.get("mountpoint")
        return [server.map { "server \($0)" } ?? "no server", host.map { "host \($0)" }, device].compactMap(\.self)
            .joined(separator: ", ")
    }

    /// An object whose row has a status, `created_at` and `updated_at`.
    func stated(_ object: FoundObject, _ row: Row, _ column: String) throws -> Explanation {
        let updated: Date? = try row.get("updated_at")
        let deleted: Date? = row.has("deleted_at") ? try row.get("deleted_at") : nil
        return Explanation(
            object, state: try row.get(column, as: String.self),
            since: try deleted ?? updated ?? row.get("created_at", as: Date.self))
    }
}
