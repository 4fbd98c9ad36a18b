package import Core
import Database
import Workflow

extension VolumeOperations {
    package struct SnapshotRequest: Sendable {
        package var name: String?
        package var description: String?
        package var metadata: [String: String]
        /// Also of a volume in use.
        package var force: Bool

        package init(name: String?, description: String?, metadata: [String: String], force: Bool) {
            self.name = name
            self.description = description
            self.metadata = metadata
            self.force = force
        }
    }

    package func snapshot(
        _ volume: Volume, _ request: SnapshotRequest, context: RequestContext
    ) async throws -> Snapshot {
        if volume.status == .inUse, request.force {
            try await checkCopyable(volume)
        } else if !VolumeTransitions.snapshot.contains(volume.status) {
            throw ServiceError(
                .badRequest,
                "Invalid volume: Volume \(volume.id) status must be available, but current status is: \(volume.status.rawValue)."
            )
        }
        let id: SnapshotID = storage.ids.id()
        let (saga, now) = (storage.ids.uuid(), now)
        try await storage.database.transaction("create-snapshot") { [quotas] transaction in
            let quota = try quotas.locked(volume.projectID, in: transaction)
            try quota.check(snapshots: 1, gigabytes: volume.sizeGiB)
            let row = try transaction.first("\(sql: VolumeStore.one(volume.id)) FOR UPDATE")
            guard let row, try Volume(row).status == volume.status else {
                throw ServiceError(.badRequest, "Invalid volume: Volume \(volume.id) has just changed; try again.")
            }
            try SnapshotStore.insert(
                id, of: volume, name: request.name, description: request.description, metadata: request.metadata,
                userID: context.userID, now: now, in: transaction)
            try SagaStarter.start(
                CreateSnapshot.self, id: saga, subject: id.rawValue, state: .init(snapshot: id, volume: volume.id),
                context: context, in: transaction)
        }
        engine.wake()
        return try await storage.snapshots.find(id, .everything)
    }

    package func deleteSnapshot(_ snapshot: Snapshot, force: Bool, context: RequestContext) async throws {
        let from: [SnapshotStatus] =
            force ? SnapshotStatus.allCases : [.available, .error, .errorDeleting]
        let (saga, now) = (storage.ids.uuid(), now)
        try await storage.database.transaction("delete-snapshot") { transaction in
            let matched = try transaction.execute(
                SnapshotStore.move(snapshot.id, from: from, to: .deleting, now: now))
            guard matched > 0 else {
                throw ServiceError(
                    .badRequest,
                    "Invalid snapshot: Snapshot status must be available or error, but current status is: \(snapshot.status.rawValue)."
                )
            }
            try SagaStarter.start(
                DeleteSnapshot.self, id: saga, subject: snapshot.id.rawValue, state: .init(snapshot: snapshot.id),
                context: context, in: transaction)
        }
        engine.wake()
    }
}
