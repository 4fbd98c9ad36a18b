import Core
import Database
import FoundationEssentials
import Logging

/// What the service's parts share.
struct ImageCore: Sendable {
    let options: ImageOptions
    let database: Database
    let images: ImageStore
    let members: MemberStore
    let tasks: TaskStore
    let stores: ImageStores
    let web: WebFetcher
    /// Nil where none is kept.
    let cache: ImageCache?
    let signatures: SignatureVerifier
    let conversions: Conversions
    let host: String
    let ids: IDGenerator
    let clock: WallClock
    let logger: Logger
    /// What this process reads from web servers.
    let transfers = ProjectSlots(limit: 8)

    /// The default store, whose folder also holds staged data.
    var files: FileStore { stores.primary }
}

/// An image as one caller sees it.
struct VisibleImage: Sendable {
    var image: Image
    /// The caller's project, when the image is shared with it.
    var member: ProjectID?

    /// The target of policy checks.
    var target: [String: String?] {
        [
            "project_id": image.owner?.rawValue, "owner": image.owner?.rawValue,
            "visibility": image.visibility.rawValue, "member_id": member?.rawValue, "id": image.id.rawValue,
        ]
    }
}
