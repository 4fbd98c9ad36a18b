/// A server's stable state: what it is when nothing is being done to it.
package enum VMState: String, Sendable, Codable, CaseIterable {
    case building
    case active
    case paused
    case suspended
    case stopped
    case rescued
    case resized
    case softDeleted = "soft-delete"
    case deleted
    case error
    case shelved
    case shelvedOffloaded = "shelved_offloaded"
}
