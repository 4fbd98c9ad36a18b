package import Core
import Database
import FoundationEssentials
package import Workflow

/// What a caller asked a new volume to be.
package struct VolumeRequest: Sendable {
    package var name: String?
    package var description: String?
    package var sizeGiB: Int?
    package var type: String?
    package var availabilityZone: String?
    package var snapshot: SnapshotID?
    package var source: VolumeID?
    package var imageReference: String?
    package var metadata: [String: String] = [:]

    package init() {}
}

/// Volumes as the product has them: checks, quotas, and the sagas that do the work.
package struct VolumeOperations: Sendable {
    package let storage: StorageEnvironment
    package let engine: SagaEngine<StorageEnvironment>
    package let quotas: QuotaStore
    package let options: BlockStorageOptions
    package let host: String

    package init(
        storage: StorageEnvironment, engine: SagaEngine<StorageEnvironment>, quotas: QuotaStore,
        options: BlockStorageOptions, host: String
    ) {
        self.storage = storage
        self.engine = engine
        self.quotas = quotas
        self.options = options
        self.host = host
    }

    var now: Date { storage.clock.now() }
    package var hostName: String { "\(host)@\(storage.backend.name)#\(storage.backend.name)" }

    // MARK: Create

    package func create(
        _ request: VolumeRequest, project: ProjectID, scope: Scope, context: RequestContext
    ) async throws -> Volume {
        let plan = try await plan(request, scope, context)
        if let zone = request.availabilityZone, zone != options.availabilityZone {
            throw ServiceError(.badRequest, "Availability zone '\(zone)' is invalid.")
        }
        let id: VolumeID = storage.ids.id()
        let new = VolumeStore.New(
            id: id, projectID: project, userID: context.userID, name: request.name, description: request.description,
            sizeGiB: plan.sizeGiB, status: .creating, availabilityZone: options.availabilityZone, host: hostName,
            type: plan.type.id, snapshot: request.snapshot, source: request.source, image: plan.image?.id,
            isBootable: plan.isBootable, isMultiattach: plan.type.allowsMultiattach, metadata: request.metadata,
            imageMetadata: plan.imageMetadata)
        let state = CreateVolume.State(
            volume: id, sizeGiB: plan.sizeGiB, snapshot: request.snapshot, source: request.source,
            image: plan.image?.id)
        let (saga, now, size) = (storage.ids.uuid(), now, plan.sizeGiB)
        try await storage.database.transaction("create-volume") { [quotas] transaction in
            let quota = try quotas.locked(project, in: transaction)
            try quota.check(volumes: 1, gigabytes: size, volumeSize: size)
            try VolumeStore.insert(new, now: now, in: transaction)
            try SagaStarter.start(
                CreateVolume.self, id: saga, subject: id.rawValue, state: state, context: context, in: transaction)
        }
        engine.wake()
        return try await storage.volumes.find(id, .everything)
    }

    private struct Plan {
        var sizeGiB: Int
        var type: VolumeType
        var image: SourceImage?
        var isBootable = false
        var imageMetadata: [String: String] = [:]
    }

    /// Resolves what the request names, and settles the size.
    private func plan(_ request: VolumeRequest, _ scope: Scope, _ context: RequestContext) async throws -> Plan {
        let sources = [request.snapshot?.rawValue, request.source?.rawValue, request.imageReference].compactMap { $0 }
        guard sources.count <= 1 else {
            throw ServiceError(
                .badRequest,
                "Invalid input received: Only one of 'snapshot_id', 'source_volid' and 'imageRef' may be given.")
        }
        var plan = Plan(
            sizeGiB: request.sizeGiB ?? 0,
            type: try await storage.types.find(nameOrID: request.type ?? options.defaultVolumeType, scope))
        if let id = request.snapshot {
            let snapshot = try await storage.snapshots.find(id, scope)
            guard snapshot.status == .available else {
                throw ServiceError(
                    .badRequest,
                    "Invalid snapshot: Originating snapshot status must be one of 'available' values")
            }
            try settle(&plan, atLeast: snapshot.sizeGiB, "snapshot")
            try await inherit(&plan, from: snapshot.volume, typeGiven: request.type != nil)
        } else if let id = request.source {
            let source = try await storage.volumes.find(id, scope)
            try await checkCopyable(source)
            try settle(&plan, atLeast: source.sizeGiB, "source volume")
            try await inherit(&plan, from: source.id, typeGiven: request.type != nil)
        } else if let reference = request.imageReference {
            let image = try await storage.images.find(reference, context: context)
            let needed = max(image.minDiskGiB, image.diskFormat == "raw" ? (image.sizeBytes + (1 << 30) - 1) >> 30 : 0)
            guard plan.sizeGiB >= needed else {
                throw ServiceError(
                    .badRequest,
                    "Invalid input received: Image \(image.id) needs a volume of at least \(needed)GB.")
            }
            plan.image = image
            plan.isBootable = true
            plan.imageMetadata = image.volumeMetadata
        }
        guard plan.sizeGiB > 0 else {
            throw ServiceError(
                .badRequest,
                "Invalid input received: Volume size '\(plan.sizeGiB)' must be an integer and greater than 0")
        }
        guard plan.sizeGiB <= options.maxVolumeGiB else {
            throw ServiceError(
                .badRequest, "Invalid input received: Volume size is larger than \(options.maxVolumeGiB)GB.")
        }
        return plan
    }

    private func settle(_ plan: inout Plan, atLeast size: Int, _ what: String) throws {
        if plan.sizeGiB == 0 { plan.sizeGiB = size }
        guard plan.sizeGiB >= size else {
            throw ServiceError(
                .badRequest,
                "Invalid input received: Volume size \(plan.sizeGiB)GB cannot be smaller than the \(what) size \(size)GB. They must be >= original \(what) size."
            )
        }
    }

    private func inherit(_ plan: inout Plan, from id: VolumeID, typeGiven: Bool) async throws {
        let origin = try await storage.volumes.find(id, .everything)
        plan.isBootable = origin.isBootable
        plan.imageMetadata = origin.imageMetadata
        if !typeGiven, let type = origin.type { plan.type = try await storage.types.find(type, .everything) }
    }

    /// A volume in use is copied only where that gives one moment of it.
    func checkCopyable(_ volume: Volume) async throws {
        switch volume.status {
        case .available: return
        case .inUse:
            guard await storage.backend.copiesLiveVolumes else {
                throw ServiceError(
                    .badRequest,
                    "Invalid volume: The backend of volume \(volume.id) cannot copy it while it is in use; detach it first."
                )
            }
        default:
            throw ServiceError(
                .badRequest,
                "Invalid volume: Volume \(volume.id) status must be available or in-use, but current status is: \(volume.status.rawValue)."
            )
        }
    }

    // MARK: Delete

    /// - Parameter force: from any status (administrators).
    package func delete(_ volume: Volume, cascade: Bool, force: Bool, context: RequestContext) async throws {
        let from =
            force ? VolumeStatus.allCases.filter { $0 != .deleting } : VolumeTransitions.delete + [.errorDeleting]
        let (saga, now, id) = (storage.ids.uuid(), now, volume.id)
        let status = volume.status
        try await storage.database.transaction("delete-volume") { transaction in
            guard let row = try transaction.first("\(sql: VolumeStore.one(id)) FOR UPDATE") else {
                throw VolumeStore.missing(id)
            }
            let current = try Volume(row)
            let attachments = try AttachmentStore.ofVolume(id, in: transaction)
            let snapshots = try SnapshotStore.ofVolume(id, in: transaction)
            guard from.contains(current.status), attachments.isEmpty || force else {
                throw Self.undeletable(status)
            }
            guard snapshots.isEmpty || cascade else {
                throw ServiceError(
                    .badRequest,
                    "Invalid volume: Volume still has \(snapshots.count) dependent snapshots.")
            }
            guard snapshots.allSatisfy({ [.available, .error, .errorDeleting].contains($0.status) }) || force else {
                throw ServiceError(.badRequest, "Invalid volume: Failed to update snapshot.")
            }
            try SnapshotStore.deleting(snapshots.map(\.id), now: now, in: transaction)
            try transaction.execute(
                VolumeStore.move(id, from: VolumeStatus.allCases, to: .deleting, now: now))
            try SagaStarter.start(
                DeleteVolume.self, id: saga, subject: id.rawValue,
                state: .init(volume: id, snapshots: snapshots.map(\.id)), context: context, in: transaction)
        }
        engine.wake()
    }

    private static func undeletable(_ status: VolumeStatus) -> ServiceError {
        ServiceError(
            .badRequest,
            """
            Invalid volume: Volume status must be available or error or error_restoring or error_extending or \
            error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, \
            or be disassociated from snapshots after volume transfer.
            """, detail: "status \(status.rawValue)")
    }

    // MARK: Extend

    package func extend(_ volume: Volume, to size: Int, allowsInUse: Bool, context: RequestContext) async throws {
        guard size > volume.sizeGiB else {
            throw ServiceError(
                .badRequest,
                "Invalid input received: New size for extend must be greater than current size. (current: \(volume.sizeGiB), extended: \(size))."
            )
        }
        if allowsInUse, volume.status == .inUse {
            throw ServiceError(
                .badRequest, "Extending a volume in use is not supported by this backend; detach it first.")
        }
        guard size <= options.maxVolumeGiB else {
            throw ServiceError(
                .badRequest, "Invalid input received: Volume size is larger than \(options.maxVolumeGiB)GB.")
        }
        let (saga, now, id) = (storage.ids.uuid(), now, volume.id)
        try await storage.database.transaction("extend-volume") { [quotas] transaction in
            let quota = try quotas.locked(volume.projectID, in: transaction)
            try quota.check(gigabytes: size - volume.sizeGiB, volumeSize: size)
            let matched = try transaction.execute(
                VolumeStore.move(
                    id, from: VolumeTransitions.extend, to: .extending, setting: ", extending_to_gib = \(size)",
                    condition: "size_gib = \(volume.sizeGiB)", now: now))
            guard matched > 0 else {
                throw ServiceError(
                    .badRequest,
                    "Invalid volume: Volume \(id) status must be 'available' to extend, currently \(volume.status.rawValue)."
                )
            }
            try SagaStarter.start(
                ExtendVolume.self, id: saga, subject: id.rawValue, state: .init(volume: id, sizeGiB: size),
                context: context, in: transaction)
        }
        engine.wake()
    }
}
