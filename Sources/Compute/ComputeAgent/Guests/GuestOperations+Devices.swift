import ComputeModel
import Core
import Virt

extension GuestOperations {
    /// Connects a volume and plugs it in. What is remembered comes first, so that a repeated command
    /// chooses the same device.
    func attach(
        _ volume: VolumeSpec, _ server: ServerID, _ guest: Guest?, _ context: RequestContext
    ) async throws -> VolumeAttached {
        guard var record = guest?.record else { throw Self.missing(server) }
        guard let plugging = driver as? any VolumeHotPlug else {
            throw ServiceError(.notImplemented, "Volumes cannot be attached on this host.")
        }
        record.spec.volumes.removeAll { $0.volume == volume.volume }
        record.spec.volumes.append(volume)
        try GuestBuilder.assignTargets(&record)
        guard let target = record.volumeTargets[volume.volume.rawValue] else {
            throw ServiceError(.internal, "The volume has no device.", detail: "\(volume.volume)")
        }
        try await driver.setRecord(record)
        do {
            let source = try await volumes.connect(volume, target: target, context)
            try await plugging.plug(builder.disk(volume, source, target, record.spec), into: server)
            try await volumes.complete(volume, context)
        } catch let error as CancellationError {
            throw error
        } catch {
            try await forget(volume, plugging, server)
            throw error
        }
        return VolumeAttached(device: "/dev/\(target)")
    }

    private func forget(_ volume: VolumeSpec, _ plugging: any VolumeHotPlug, _ server: ServerID) async throws {
        let alias = GuestDisk.alias(volume.volume)
        try await plugging.unplugDisk(alias: alias, from: server, timeout: detachTimeout)
        try await forget(volume.volume, volume.attachment, server)
    }

    private func forget(_ volume: VolumeID, _ attachment: AttachmentID, _ server: ServerID) async throws {
        if var record = try await driver.guest(server)?.record {
            record.spec.volumes.removeAll { $0.volume == volume }
            record.volumeTargets[volume.rawValue] = nil
            try await driver.setRecord(record)
        }
        try await volumes.disconnect(attachment)
    }

    /// Unplugs a volume, verifies that the guest no longer has it, and only then forgets it.
    func detach(_ volume: VolumeID, _ attachment: AttachmentID, _ server: ServerID, _ guest: Guest?) async throws {
        guard guest != nil else { return }
        guard let plugging = driver as? any VolumeHotPlug else {
            throw ServiceError(.notImplemented, "Volumes cannot be detached on this host.")
        }
        let alias = GuestDisk.alias(volume)
        try await plugging.unplugDisk(alias: alias, from: server, timeout: detachTimeout)
        guard try await !plugging.hasDevice(alias: alias, server) else {
            throw ServiceError(.conflict, "The server did not release the volume \(volume).")
        }
        try await forget(volume, attachment, server)
    }

    func plug(_ nic: NICSpec, _ server: ServerID, _ guest: Guest?) async throws {
        guard var record = guest?.record else { throw Self.missing(server) }
        guard let plugging = driver as? any NICHotPlug else {
            throw ServiceError(.notImplemented, "Interfaces cannot be attached on this host.")
        }
        try nic.checkSupported()
        record.spec.nics.removeAll { $0.port == nic.port }
        record.spec.nics.append(nic)
        try await driver.setRecord(record)
        await metadata.serve([nic])
        do {
            try await plugging.plug(builder.nic(nic, record.spec), into: server)
        } catch let error as CancellationError {
            throw error
        } catch {
            record.spec.nics.removeAll { $0.port == nic.port }
            try await driver.setRecord(record)
            throw error
        }
    }

    /// Unplugs a NIC, from the guest and from the switch, and only then forgets it.
    func unplug(_ port: PortID, _ server: ServerID, _ guest: Guest?) async throws {
        guard var record = guest?.record else { return }
        guard let plugging = driver as? any NICHotPlug else {
            throw ServiceError(.notImplemented, "Interfaces cannot be detached on this host.")
        }
        try await plugging.unplugNIC(alias: GuestNIC.alias(port), from: server, timeout: detachTimeout)
        try await interfaces.remove(port, of: server)
        record.spec.nics.removeAll { $0.port == port }
        try await driver.setRecord(record)
        await metadata.refresh()
    }
}
