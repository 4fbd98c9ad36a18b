package import Core
package import FoundationEssentials

/// A project that an image is shared with.
package struct ImageMember: Sendable, Hashable {
    package var image: ImageID
    package var member: ProjectID
    package var status: MemberStatus
    package var createdAt: Date
    package var updatedAt: Date
}
