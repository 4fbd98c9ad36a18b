/// What can be asked of a server once it exists, by the name that instance actions show.
package enum ServerAction: String, Sendable, Codable, CaseIterable {
    case create, delete, start, stop, reboot
    case rebootHard = "reboot_hard"
    case pause, unpause, suspend, resume
    case createImage = "createImage"
    case attachVolume = "attach_volume"
    case detachVolume = "detach_volume"
    case attachInterface = "attach_interface"
    case detachInterface = "detach_interface"
    case lock, unlock
    case rebuild, resize, rescue, unrescue, shelve, unshelve, migrate
    case changeSecurityGroups = "change_security_groups"
    case updateMetadata = "update_metadata"

    /// The name that `os-instance-actions` shows; a hard reboot is a reboot there.
    package var recordedName: String { self == .rebootHard ? "reboot" : rawValue }

    /// No workflow follows: the action has ended when its request is answered.
    package var endsWithItsRequest: Bool { self == .lock || self == .unlock }
}
