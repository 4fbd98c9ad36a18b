package import ComputeModel
package import Core
package import Database

/// What a change of a server tells of itself: a notice if there is one, and the change of its state.
package struct Announcement: Sendable {
    package let notices: ServerNotices
    package let context: RequestContext
    package let notice: ServerNotice?

    /// - Returns: nil when there is nothing to tell, and a change may be made without looking.
    package init?(_ notices: ServerNotices, _ context: RequestContext, _ notice: ServerNotice? = nil) {
        guard notices.isOn, notice != nil || notices.tellsChanges else { return nil }
        self.notices = notices
        self.context = context
        self.notice = notice
    }

    /// The server before the change, held until the transaction ends; nil when nobody asks for it.
    package func before(_ id: ServerID, in transaction: Transaction) throws -> Server? {
        notices.tellsChanges ? try ServerStore.lock(id, in: transaction) : nil
    }

    package func write(from old: Server?, to server: Server, in transaction: Transaction) throws {
        if let old { try notices.writeChange(from: old, to: server, context, in: transaction) }
        if let notice { try notices.write(notice, of: server, in: transaction) }
    }
}

extension Database {
    /// Makes a conditional update of a server, and announces it in the same transaction.
    func changeServer(
        _ id: ServerID, _ update: SQL, _ announcement: Announcement?
    ) async throws -> Change {
        let reading: SQL = "SELECT * FROM servers WHERE id = \(id) AND deleted_at IS NULL"
        guard let announcement else { return try await change(update, reading: reading) }
        let change = try await transaction("change-server") { transaction in
            let old = try announcement.before(id, in: transaction)
            let change = try transaction.change(update, reading: reading)
            if case .changed(let row) = change {
                try announcement.write(from: old, to: try Server(row), in: transaction)
            }
            return change
        }
        announcement.notices.wake()
        return change
    }
}
