package import Core

/// Why a value is refused; completes "Invalid input for NAME. Reason: ".
package struct InvalidValue: Error {
    package let reason: String
    package init(_ reason: String) { self.reason = reason }
}

/// Checks a value given for an attribute and answers it in its canonical form.
package typealias AttributeCheck = @Sendable (JSONValue) throws -> JSONValue

/// One attribute of a resource: how it is stored, who may set and see it, and what values it takes.
package struct Attribute: Sendable {
    /// The column that holds it, and so how filters and sorting treat it.
    package enum Storage: Sendable {
        case text(StaticString)
        case integer(StaticString)
        case flag(StaticString)
        case document(StaticString)
        case time(StaticString)
        /// Derived from other rows, or taken from requests only.
        case none

        package var column: StaticString? {
            switch self {
            case .text(let name), .integer(let name), .flag(let name), .document(let name), .time(let name): name
            case .none: nil
            }
        }
    }

    package enum Initial: Sendable {
        case required
        case value(JSONValue)
        /// Left to the service when not given.
        case chosen
    }

    package enum Access: Sendable {
        case open
        /// Everyone who sees the resource sees it, administrators set it.
        case adminWrites
        case adminOnly
        /// Set by administrators, services and the owner of the port's network.
        case networkOwnerWrites
    }

    package let name: String
    package let storage: Storage
    package let inPost: Bool
    package let inPut: Bool
    package let initial: Initial
    package let access: Access
    package let isVisible: Bool
    package let isFilter: Bool
    package let check: AttributeCheck

    package init(
        _ name: String, _ storage: Storage, post: Bool = false, put: Bool = false, _ initial: Initial = .chosen,
        access: Access = .open, visible: Bool = true, filter: Bool = true, check: @escaping AttributeCheck = { $0 }
    ) {
        self.name = name
        self.storage = storage
        inPost = post
        inPut = put
        self.initial = initial
        self.access = access
        isVisible = visible
        isFilter = filter
        self.check = check
    }
}

extension Attribute {
    /// What every resource has first.
    package static let identity: [Attribute] = [
        Attribute("id", .text("id")),
        Attribute("name", .text("name"), post: true, put: true, .value(""), check: Check.text(max: 255)),
        Attribute("project_id", .text("project_id"), post: true, check: Check.text(max: 255)),
    ]

    /// What every resource has last: Neutron's standard attributes.
    package static let standard: [Attribute] = [
        Attribute("description", .text("description"), post: true, put: true, .value(""), check: Check.text(max: 255)),
        Attribute("tags", .none, post: true, .chosen, filter: false, check: Check.tags),
        Attribute("created_at", .time("created_at")),
        Attribute("updated_at", .time("updated_at")),
        Attribute("revision_number", .integer("revision_number")),
    ]
}
