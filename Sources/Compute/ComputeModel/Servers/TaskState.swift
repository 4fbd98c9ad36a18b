/// What is being done to a server now; none when it is idle.
package enum TaskState: String, Sendable, Codable, CaseIterable {
    case scheduling
    case networking
    case blockDeviceMapping = "block_device_mapping"
    case spawning
    case imageSnapshot = "image_snapshot"
    case imageSnapshotPending = "image_snapshot_pending"
    case imageUploading = "image_uploading"
    case rebooting
    case rebootPending = "reboot_pending"
    case rebootStarted = "reboot_started"
    case rebootingHard = "rebooting_hard"
    case pausing
    case unpausing
    case suspending
    case resuming
    case poweringOff = "powering-off"
    case poweringOn = "powering-on"
    case rescuing
    case unrescuing
    case rebuilding
    case resizePrep = "resize_prep"
    case resizeMigrating = "resize_migrating"
    case resizeMigrated = "resize_migrated"
    case resizeFinish = "resize_finish"
    case resizeReverting = "resize_reverting"
    case migrating
    case shelving
    case unshelving
    case softDeleting = "soft-deleting"
    case deleting
    case restoring
}
