import Core
import WebAPI

/// One change of a JSON patch, read and checked (RFC 6902's add, remove and replace; and the older
/// form of `application/openstack-images-v2.0-json-patch`).
struct ImageChange: Sendable {
    enum Kind: String, Sendable { case add, remove, replace }

    let kind: Kind
    let name: String
    /// For `locations`: which one.
    var position: String?
    let value: JSONValue
    /// The older form refuses to add what is there.
    let isOldForm: Bool
}

struct ImagePatch: Sendable {
    let schemas: ImageSchemas
    var protections = PropertyProtections.none

    static let contentTypes = [
        "application/openstack-images-v2.0-json-patch", "application/openstack-images-v2.1-json-patch",
    ]

    func parse(_ body: JSONValue, contentType: String) throws -> [ImageChange] {
        guard let items = body.array else {
            throw ServiceError(.badRequest, "Request body must be a JSON array of operation objects.")
        }
        guard items.count <= 1000 else { throw ServiceError(.badRequest, "Too many operations in one request.") }
        let isOldForm = contentType == Self.contentTypes[0]
        return try items.map { item in
            guard let members = item.object else { throw ServiceError(.badRequest, "Operations must be JSON objects.") }
            let (kind, pointer) = try isOldForm ? Self.oldOperation(members) : Self.operation(members)
            let path = try Self.parts(pointer)
            guard path.count == (path.first == "locations" && kind != .replace ? 2 : 1) else {
                throw ServiceError(
                    .badRequest, "Invalid JSON pointer for this resource: '/\(path.joined(separator: "/"))'")
            }
            let change = ImageChange(
                kind: kind, name: path[0], position: path.count > 1 ? path[1] : nil, value: members["value"] ?? .null,
                isOldForm: isOldForm)
            if kind != .remove, members["value"] == nil {
                throw ServiceError(.badRequest, "Operation \"\(kind.rawValue)\" requires a member named \"value\".")
            }
            try check(change)
            return change
        }
    }

    private func check(_ change: ImageChange) throws {
        if PropertyNames.readOnly.contains(change.name) {
            throw ServiceError(.forbidden, "Attribute '\(change.name)' is read-only.")
        }
        if PropertyNames.isReserved(change.name) {
            throw ServiceError(.forbidden, "Attribute '\(change.name)' is reserved.")
        }
        guard change.kind != .remove else { return }
        try schemas.validate([change.name: change.position == nil ? change.value : [change.value]])
    }

    /// Applies the changes in their order; locations are removed by whoever removes their data.
    func apply(
        _ changes: [ImageChange], to image: inout Image, locations: LocationChange? = nil, isAdmin: Bool,
        _ context: RequestContext
    ) throws {
        let document = ImageDocument(schemas: schemas)
        for change in changes {
            if change.name == "locations" {
                switch change.kind {
                case .add: try locations?.add(change.value, at: change.position ?? "-", to: &image)
                case .replace: try locations?.replace(change.value, in: &image)
                case .remove: break
                }
                continue
            }
            let isBase = PropertyNames.base.contains(change.name)
            // What one may not read is not there, for one.
            let isThere = image.properties[change.name] != nil && protections.allows(.read, change.name, context)
            let exists = isBase || isThere
            switch change.kind {
            case .remove:
                if isBase { throw ServiceError(.forbidden, "Property \(change.name) may not be removed.") }
                guard exists else { throw ServiceError(.conflict, "Property \(change.name) does not exist.") }
                try protections.check(.delete, change.name, context)
                image.properties[change.name] = nil
                continue
            case .replace:
                guard exists else { throw ServiceError(.conflict, "Property \(change.name) does not exist.") }
            case .add:
                if exists, change.isOldForm {
                    throw ServiceError(.conflict, "Property \(change.name) already present.")
                }
            }
            if change.name == "owner", !isAdmin {
                throw ServiceError(.forbidden, "Owner can't be updated by non admin.")
            }
            if change.name == "disk_format" || change.name == "container_format", image.status != .queued {
                throw ServiceError(.forbidden, "Attribute \(change.name) can be only replaced for a queued image.")
            }
            if !isBase {
                try ImageDocument.checkName(change.name)
                try protections.check(isThere ? .update : .create, change.name, context)
            }
            try document.set(change.name, to: change.value, in: &image)
        }
        try ImageDocument.checkSizes(image)
    }

    // MARK: Reading

    private static let available = "It must be one of the following: add, remove, replace."

    private static func operation(_ members: [String: JSONValue]) throws -> (ImageChange.Kind, String) {
        guard let name = members["op"]?.string else {
            throw ServiceError(.badRequest, "Unable to find `op` in JSON Schema change. \(available)")
        }
        guard let kind = ImageChange.Kind(rawValue: name) else {
            throw ServiceError(.badRequest, "Invalid operation: `\(name)`. \(available)")
        }
        guard let path = members["path"]?.string else {
            throw ServiceError(.badRequest, "Unable to find 'path' in JSON Schema change")
        }
        return (kind, path)
    }

    private static func oldOperation(_ members: [String: JSONValue]) throws -> (ImageChange.Kind, String) {
        let named = ["add", "remove", "replace"].filter { members[$0] != nil }
        guard named.count == 1, let kind = ImageChange.Kind(rawValue: named[0]), let path = members[named[0]]?.string
        else {
            throw ServiceError(
                .badRequest,
                "Operation objects must contain exactly one member named \"add\", \"remove\", or \"replace\".")
        }
        return (kind, path)
    }

    /// The parts of a JSON pointer, in the limited form that the service takes.
    private static func parts(_ pointer: String) throws -> [String] {
        guard pointer.hasPrefix("/") else {
            throw ServiceError(.badRequest, "Pointer `\(pointer)` does not start with \"/\".")
        }
        let parts = pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard !parts.contains(where: { $0.allSatisfy(\.isWhitespace) }) else {
            throw ServiceError(.badRequest, "Pointer `\(pointer)` does not contains valid token.")
        }
        return try parts.map { part in
            var result = ""
            var isEscaped = false
            for character in part {
                if isEscaped {
                    guard character == "0" || character == "1" else { throw badEscape(pointer) }
                    result.append(character == "0" ? "~" : "/")
                    isEscaped = false
                } else if character == "~" {
                    isEscaped = true
                } else {
                    result.append(character)
                }
            }
            if isEscaped { throw badEscape(pointer) }
            return result
        }
    }

    private static func badEscape(_ pointer: String) -> ServiceError {
        ServiceError(
            .badRequest, "Pointer `\(pointer)` contains \"~\" not part of a recognized escape sequence.")
    }
}
