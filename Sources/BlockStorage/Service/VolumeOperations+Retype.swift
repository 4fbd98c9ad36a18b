import Core
import Database

extension VolumeOperations {
    /// Gives a volume another type. There is one backend, so nothing moves and it is done at once.
    package func retype(_ volume: Volume, to nameOrID: String, scope: Scope) async throws {
        let type: VolumeType
        do {
            type = try await storage.types.find(nameOrID: nameOrID, scope)
        } catch let error as ServiceError where error.code == .notFound {
            throw ServiceError(.badRequest, "Invalid volume type: \(nameOrID) could not be found.", cause: error)
        }
        guard type.id != volume.type else {
            throw ServiceError(.badRequest, "Invalid input received: New volume type is the volume's own.")
        }
        if let backend = type.extraSpecs["volume_backend_name"], backend != storage.backend.name {
            throw ServiceError(.badRequest, "No backend of the type \(type.name) is here to move the volume to.")
        }
        let condition: SQL = volume.status == .inUse ? "multiattach = \(type.allowsMultiattach)" : "TRUE"
        let change = try await storage.volumes.move(
            volume.id, from: [volume.status], to: volume.status,
            setting: ", volume_type_id = \(type.id), multiattach = \(type.allowsMultiattach)",
            condition: "\(sql: condition) AND status IN ('available', 'in-use')", now: now)
        guard case .changed = change else {
            throw ServiceError(
                .badRequest,
                "Invalid volume: Volume \(volume.id) status must be available or in-use to retype, but is \(volume.status.rawValue)."
            )
        }
    }
}
