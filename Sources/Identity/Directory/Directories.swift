import Core
import Database

/// The domains that have their users and groups in LDAP, as their configurations say. Read at start, after every change
/// here, and every few seconds for changes by other daemons.
final class Directories: Sendable {
    private enum Directory {
        case usable(LDAPDirectory)
        /// Its options cannot be read. Nobody of the domain can log in until they can.
        case broken(String)
    }

    private struct Loaded {
        var values: [String: JSONValue]
        var directory: Directory
    }

    let isOn: Bool
    private let state = Locked<[DomainID: Loaded]>([:])

    init(_ options: DirectoryOptions) { isOn = options.isOn }

    /// The domain's directory; nil where the domain's users are in the database.
    /// - Throws: `.unavailable` when the domain's options make none.
    func directory(of domain: DomainID) throws -> LDAPDirectory? {
        switch state.withLock({ $0[domain]?.directory }) {
        case nil: return nil
        case .usable(let directory): return directory
        case .broken(let reason): throw LDAPPool.unavailable(reason)
        }
    }

    /// - Throws: 403 in Keystone's meaning for whoever wants to make something in a domain of a directory.
    func checkWritable(_ domain: DomainID) throws { if has(domain) { throw Self.readOnly } }

    func has(_ domain: DomainID) -> Bool { state.withLock { $0[domain] != nil } }

    static let readOnly = ServiceError(
        .forbidden,
        "You are not authorized to perform the requested action: LDAP does not support write operations.")

    var isEmpty: Bool { state.withLock { $0.isEmpty } }

    /// Directories whose options are as before stay, with their connections.
    func load(_ env: IdentityEnvironment) async throws {
        guard isOn else { return }
        let all = try await env.database.read("read domains' directories") { try DomainConfigurationStore.ldap($0) }
        var loaded: [DomainID: Loaded] = [:]
        let before = state.withLock { $0 }
        for (domain, entries) in all {
            let (values, failure) = Self.values(entries, env)
            if let known = before[domain], known.values == values, failure == nil {
                loaded[domain] = known
                continue
            }
            loaded[domain] = Loaded(values: values, directory: Self.directory(values, failure, env))
        }
        let now = loaded
        state.withLock { $0 = now }
    }

    private static func directory(
        _ values: [String: JSONValue], _ failure: String?, _ env: IdentityEnvironment
    ) -> Directory {
        if let failure { return .broken(failure) }
        do {
            return .usable(LDAPDirectory(try LDAPDomainOptions(values), clock: env.clock))
        } catch {
            return .broken("\(error)")
        }
    }

    /// The options in clear, and why a secret one cannot be read.
    private static func values(
        _ entries: [DomainConfigurationStore.Entry], _ env: IdentityEnvironment
    ) -> (values: [String: JSONValue], failure: String?) {
        var values: [String: JSONValue] = [:]
        do {
            for entry in entries {
                values[entry.name] =
                    entry.isEncrypted ? try JSONValue(parsing: env.decrypt(entry.value.string ?? "")) : entry.value
            }
        } catch {
            return (values, "a secret option cannot be read")
        }
        return (values, nil)
    }
}
