package import Core

package typealias JSONObject = [String: JSONValue]

/// A project, or a domain: a domain is a project that acts as one (`isDomain`) and lies in none.
package struct Project: Sendable, Hashable {
    package var id: ProjectID
    package var name: String
    /// The domain it lies in; nil for a domain.
    package var domainID: DomainID?
    /// The project above it; for a top-level project its domain; nil for a domain.
    package var parentID: ProjectID?
    package var isDomain: Bool
    package var description: String
    package var isEnabled: Bool
    package var options: JSONObject
    /// Attributes that users added and the service only keeps.
    package var extra: JSONObject
    package var tags: [String] = []

    /// The project's id as that of a domain.
    package var asDomainID: DomainID { DomainID(id.rawValue) }

    package var isImmutable: Bool { options["immutable"]?.bool ?? false }
}

/// What a list of projects or domains is narrowed to.
package struct ProjectFilter: Sendable {
    package var isDomain: Bool?
    package var domainID: DomainID?
    package var parentID: ProjectID?
    package var isEnabled: Bool?
    package var name: [TextFilter] = []
    package var ids: [ProjectID]?
    package var tagsAll: [String] = []
    package var tagsAny: [String] = []
    package var notTagsAll: [String] = []
    package var notTagsAny: [String] = []
    package var page = PageRequest()

    package init() {}
}

/// A condition on a text, after Keystone's `name__contains` family.
package enum TextFilter: Sendable, Hashable {
    case equals(String)
    case contains(String, exactCase: Bool)
    case startsWith(String, exactCase: Bool)
    case endsWith(String, exactCase: Bool)
}

/// Where a page starts and how long it is. Without a limit the whole list is one page.
package struct PageRequest: Sendable {
    package var marker: String?
    package var limit: Int?

    package init(marker: String? = nil, limit: Int? = nil) {
        self.marker = marker
        self.limit = limit
    }
}
