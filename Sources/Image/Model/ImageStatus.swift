import Database

/// The life of an image. Moves only by conditional updates that name the state they leave.
package enum ImageStatus: String, Sendable, CaseIterable, SQLValue {
    /// Known, without data.
    case queued
    /// Data is being written to its store.
    case saving
    /// Data is being staged for an import.
    case uploading
    /// Staged or fetched data is on its way into a store.
    case importing
    case active
    /// Like active, but only operators may read the data.
    case deactivated
    case deleted
}

/// Who may see an image.
package enum ImageVisibility: String, Sendable, CaseIterable, SQLValue {
    case `public`
    /// Everyone by id, in lists only when asked for.
    case community
    /// The owner and the members it names.
    case shared
    case `private`
}

package enum MemberStatus: String, Sendable, CaseIterable, SQLValue {
    case pending, accepted, rejected
}
