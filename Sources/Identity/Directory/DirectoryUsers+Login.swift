import Core
import Database

extension DirectoryUsers {
    /// Somebody who tries to log in where a directory knows the passwords.
    struct Login: Sendable {
        let directory: LDAPDirectory
        let domainID: DomainID
        /// Nil for a name that the directory does not have.
        let entry: DirectoryEntry?
    }

    func login(_ reference: AuthRequest.Reference) async throws -> Login? {
        guard env.directories.isOn, !env.directories.isEmpty else { return nil }
        if let id = reference.id {
            guard let place = try await place(id, .user), let directory = place.directory else { return nil }
            return Login(
                directory: directory, domainID: place.known.domainID,
                entry: try await directory.user(place.known.localID))
        }
        let domain = try await env.database.read("find domain") { try AuthenticationService.domain(reference, $0) }
        guard let name = reference.name, let domain = domain?.asDomainID,
            let directory = try env.directories.directory(of: domain)
        else { return nil }
        return Login(directory: directory, domainID: domain, entry: try await directory.user(named: name))
    }

    /// Keeps whoever logs in. - Returns: the cloud's id; nil for nobody.
    func keep(_ login: Login) async throws -> UserID? {
        guard let entry = login.entry else { return nil }
        guard let id = try await ids([entry], .user, in: login.domainID)[entry.localID] else { return nil }
        return try await keep(entry, UserID(id), in: login.domainID, login.directory).id
    }
}
