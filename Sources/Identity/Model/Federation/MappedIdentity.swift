import Core

/// Whom a mapping makes of an assertion.
package struct MappedIdentity: Sendable, Hashable {
    /// Something named by its id or its name.
    package struct Reference: Sendable, Hashable {
        package var id: String?
        package var name: String?

        package init(id: String? = nil, name: String? = nil) {
            self.id = id
            self.name = name
        }

        init?(_ value: JSONValue?) {
            guard let value, value.object != nil else { return nil }
            self.init(id: value["id"]?.string, name: value["name"]?.string)
            if id == nil, name == nil { return nil }
        }
    }

    package struct NamedGroup: Sendable, Hashable {
        package var name: String
        package var domain: Reference
    }

    package struct Project: Sendable, Hashable {
        package var name: String
        /// Nil: the identity provider's.
        package var domain: Reference?
        package var roles: [String]
    }

    package var userID: String?
    package var userName: String?
    package var email: String?
    package var userDomain: Reference?
    /// A user of the local domain, who exists; otherwise one who is made at the first login.
    package var isLocal = false
    package var groupIDs: Set<String> = []
    package var groups: [NamedGroup] = []
    package var projects: [Project] = []

    package init() {}
}

/// Why an assertion makes nobody. Only for the log: the caller learns that the login failed.
package struct MappingFailure: Error, Sendable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}
