package import Core

/// The errors of lookups, in Keystone's words.
package enum NotFound {
    package static func domain(_ id: some CustomStringConvertible) -> ServiceError { error("domain", id) }
    package static func project(_ id: some CustomStringConvertible) -> ServiceError { error("project", id) }
    package static func user(_ id: some CustomStringConvertible) -> ServiceError { error("user", id) }
    package static func group(_ id: some CustomStringConvertible) -> ServiceError { error("group", id) }
    package static func role(_ id: some CustomStringConvertible) -> ServiceError { error("role", id) }
    package static func region(_ id: some CustomStringConvertible) -> ServiceError { error("region", id) }
    package static func service(_ id: some CustomStringConvertible) -> ServiceError { error("service", id) }
    package static func endpoint(_ id: some CustomStringConvertible) -> ServiceError { error("endpoint", id) }
    package static func credential(_ id: some CustomStringConvertible) -> ServiceError { error("credential", id) }
    package static func policy(_ id: some CustomStringConvertible) -> ServiceError { error("policy", id) }
    package static func trust(_ id: some CustomStringConvertible) -> ServiceError { error("trust", id) }
    package static func applicationCredential(_ id: some CustomStringConvertible) -> ServiceError {
        error("application credential", id)
    }

    package static func error(_ kind: String, _ id: some CustomStringConvertible) -> ServiceError {
        ServiceError(.notFound, "Could not find \(kind): \(id).")
    }
}

extension ServiceError {
    /// Keystone's one answer to whoever could not be authenticated; why is for the log only.
    package static func unauthenticated(_ reason: String) -> ServiceError {
        ServiceError(.unauthorized, "The request you have made requires authentication.", detail: reason)
    }

    package static func duplicate(_ kind: String, name: String, in domain: DomainID? = nil) -> ServiceError {
        let place = domain.map { " at domain ID \($0)" } ?? ""
        return ServiceError(
            .conflict,
            "Conflict occurred attempting to store \(kind) - Duplicate entry found with name \(name)\(place).")
    }

    /// - Parameter change: "update" or "delete".
    package static func immutable(_ kind: String, _ id: String, _ change: String) -> ServiceError {
        ServiceError(
            .forbidden,
            "Unable to \(change) immutable \(kind) resource: `\(id). Set resource option \"immutable\" to false first.")
    }
}
