package import Core

/// Who asks, as far as rows and rules care.
package struct Caller: Sendable {
    package let context: RequestContext
    /// Sees and changes everything: administrators and OpenStack's own services.
    package let isAdmin: Bool

    package init(_ context: RequestContext, isAdmin: Bool) {
        self.context = context
        self.isAdmin = isAdmin
    }

    package var projectID: String { context.projectID?.rawValue ?? "" }

    /// A service that does something for a user's project, and so must not lend it rights that it has not.
    package func actsFor(_ project: String) -> Bool {
        context.hasRole("service") && !project.isEmpty && project != projectID
    }

    package func owns(_ record: Record) -> Bool { isAdmin || record.projectID == projectID }
}
