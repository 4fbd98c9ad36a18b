import Database

/// A volume's status: Cinder's words.
package enum VolumeStatus: String, Sendable, CaseIterable, SQLValue {
    case creating, available, reserved, attaching, detaching
    case inUse = "in-use"
    case maintenance, deleting
    case awaitingTransfer = "awaiting-transfer"
    case error
    case errorDeleting = "error_deleting"
    case errorExtending = "error_extending"
    case errorManaging = "error_managing"
    case extending, uploading, downloading
    case retyping
    case backingUp = "backing-up"
    case restoringBackup = "restoring-backup"
    case errorBackingUp = "error_backing-up"
    case errorRestoring = "error_restoring"
    case managing
}

/// From which statuses an action may start: the 400, the WHERE clause and the tests read this table.
package enum VolumeTransitions {
    package static let delete: [VolumeStatus] = [
        .available, .error, .errorRestoring, .errorExtending, .errorManaging,
    ]
    package static let extend: [VolumeStatus] = [.available]
    package static let reserve: [VolumeStatus] = [.available]
    package static let attach: [VolumeStatus] = [.available, .attaching, .reserved]
    package static let beginDetaching: [VolumeStatus] = [.inUse]
    package static let rollDetaching: [VolumeStatus] = [.detaching]
    package static let unreserve: [VolumeStatus] = [.attaching, .reserved]
    package static let upload: [VolumeStatus] = [.available]
    package static let snapshot: [VolumeStatus] = [.available]
    package static let readOnly: [VolumeStatus] = [.available]
    package static let copy: [VolumeStatus] = [.available]
    package static let metadata: [VolumeStatus] = VolumeStatus.allCases.filter {
        $0 != .deleting && $0 != .errorManaging
    }
}

package enum SnapshotStatus: String, Sendable, CaseIterable, SQLValue {
    case creating, available, deleting, error
    case errorDeleting = "error_deleting"
    case updating
    case backingUp = "backing-up"
    case restoring, unmanaging
}

package enum AttachStatus: String, Sendable, CaseIterable, SQLValue {
    case reserved, attaching, attached, detaching, detached
    case errorAttaching = "error_attaching"
    case errorDetaching = "error_detaching"
    case deleted
}
