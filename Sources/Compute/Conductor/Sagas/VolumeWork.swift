import ComputeModel
import ComputeStore
import Core
import Database
import Logging
import Workflow

/// Making, reserving and freeing servers' volumes: shared by the sagas that need it.
extension ConductorEnvironment {
    /// Sees that every volume of a server that is built exists and is reserved for it, within half an hour.
    /// - Throws: `SagaRetry` while a volume is being made.
    func ensureVolumes(of server: Server, _ run: SagaRun) async throws {
        let context = run.context
        let devices = try await BlockDeviceStore.list(of: [server.id], in: database)
        for device in devices where device.destination == .volume && device.attachment == nil {
            let volume = try await volumes.ensureVolume(for: device, project: server.project, context)
            if device.volume == nil { try await BlockDeviceStore.update(device.id, volume: volume, in: database) }
            switch try await volumes.status(of: volume, context) {
            case "creating", "downloading":
                guard run.attempt < 1800 else {
                    throw ServiceError(.timeout, "Volume \(volume) was not made in time.")
                }
                throw SagaRetry(after: .seconds(1), reason: "volume \(volume) is being made")
            case "error", nil:
                throw ServiceError(.conflict, "Volume \(volume) could not be made.")
            default:
                break
            }
            let attachment = try await volumes.ensureAttachment(of: volume, to: server.id, context)
            try await BlockDeviceStore.update(device.id, attachment: attachment, in: database)
        }
    }

    /// Frees all volumes of a server that no host uses any more; deletes those that go with it.
    /// - Parameter deletes: whether `delete_on_termination` is followed for volumes that were given; those that
    ///   the build made are deleted in either case.
    func releaseVolumes(of server: ServerID, deletes: Bool, _ run: SagaRun) async throws {
        let context = run.context
        for device in try await BlockDeviceStore.list(of: [server], in: database) where device.destination == .volume {
            // What a run that was lost made before it could note it is found by the device's id, and the server's.
            var volume = device.volume
            if volume == nil, device.source != .volume { volume = try await volumes.findVolume(for: device, context) }
            guard let volume else { continue }
            var attachment = device.attachment
            if attachment == nil {
                attachment = try await volumes.findAttachment(of: volume, to: server, context)
            }
            if let attachment {
                try await volumes.deleteAttachment(attachment, context)
                try await forgetAttachment(of: device)
            }
            if device.source != .volume && !deletes || device.deleteOnTermination && deletes {
                try await delete(volume, of: server, run)
                if device.source != .volume { try await forgetVolume(of: device) }
            }
        }
    }

    /// Deletes a volume that no host uses. One that cannot be deleted, because somebody made a snapshot of it
    /// for instance, is left to its owner: that does not keep the server from going.
    private func delete(_ volume: VolumeID, of server: ServerID, _ run: SagaRun) async throws {
        switch try await volumes.status(of: volume, run.context) {
        case nil, "deleting":
            return
        case "detaching", "creating", "downloading":
            if run.attempt < 300 { throw SagaRetry(after: .seconds(1), reason: "volume \(volume) is busy") }
        default:
            break
        }
        do {
            try await volumes.deleteVolume(volume, run.context)
        } catch let error as ServiceError where [.badRequest, .conflict, .forbidden].contains(error.code) {
            if run.attempt < 10 { throw SagaRetry(after: .seconds(1), reason: error.message) }
            logger.warning(
                "volume not deleted with its server",
                metadata: ["volume": "\(volume)", "server": "\(server)", "error": "\(error.debugDescription)"])
        }
    }

    private func forgetAttachment(of device: BlockDevice) async throws {
        try await database.execute(
            "UPDATE block_devices SET attachment_id = NULL, version = version + 1 WHERE id = \(device.id)")
    }

    private func forgetVolume(of device: BlockDevice) async throws {
        try await database.execute(
            "UPDATE block_devices SET volume_id = NULL, version = version + 1 WHERE id = \(device.id)")
    }
}
