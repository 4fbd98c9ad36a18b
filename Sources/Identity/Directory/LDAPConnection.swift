import CLDAP
import Core

/// What a directory server, or the way to it, refused.
struct LDAPError: Error, CustomStringConvertible {
    let code: Int32
    let description: String

    init(_ error: apus_ldap_error) {
        code = error.code
        description = withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private func isOne(of codes: Int...) -> Bool { codes.contains(Int(code)) }

    var isNoSuchObject: Bool { isOne(of: APUS_LDAP_NO_SUCH_OBJECT, APUS_LDAP_INVALID_DN) }
    /// The connection, or the server for now, is of no more use. The library's own errors are below 0.
    var isBroken: Bool {
        (code < 0 && !isOne(of: APUS_LDAP_FILTER_ERROR)) || isOne(of: APUS_LDAP_BUSY, APUS_LDAP_UNAVAILABLE)
    }
    /// As a connection reads that the server, or something between, has closed while it was idle.
    var isClosed: Bool { isOne(of: APUS_LDAP_SERVER_DOWN) }
}

/// How a directory's servers are reached.
struct LDAPServer: Sendable {
    enum CertificateCheck: String { case never, allow, demand }

    enum Dereferencing: String { case never, searching, finding, always, `default` }

    /// Tried in this order.
    var urls: [String]
    var connectTimeout: Int
    var timeout: Int
    var startsTLS: Bool
    var certificateCheck: CertificateCheck
    var caFile: String?
    var caFolder: String?
    var followsReferrals: Bool
    var dereferencing: Dereferencing
}

/// What is looked for in a directory, and where.
struct LDAPSearch: Sendable {
    enum Scope: String { case base, one, sub }

    /// More entries than this fail the search, so that a directory cannot fill the memory.
    static let maximumEntries = 100_000

    var base: String
    var scope: Scope
    var filter: String
    var attributes: [String]
    var pageSize = 0
}

/// An entry with those of its attributes that were asked for, by their names in lower case.
struct LDAPEntry: Sendable {
    var dn: String
    var values: [String: [[UInt8]]]
}

/// One connection, for one thread at a time; it lives on the threads of an `LDAPPool`.
///
/// Sendable because the pool lends it to one job at a time.
final class LDAPConnection: @unchecked Sendable {
    private let handle: OpaquePointer

    /// - Throws: with `startsTLS` when the server cannot be reached or is not whom it should be; else the first
    ///   operation does.
    init(_ server: LDAPServer) throws(LDAPError) {
        var options = apus_ldap_options()
        options.connect_timeout_seconds = Int32(clamping: server.connectTimeout)
        options.timeout_seconds = Int32(clamping: server.timeout)
        options.start_tls = server.startsTLS ? 1 : 0
        options.tls_check = server.certificateCheck.number
        options.follows_referrals = server.followsReferrals ? 1 : 0
        options.dereferencing = server.dereferencing.number
        var error = apus_ldap_error()
        let opened = server.urls.joined(separator: " ").withCString { urls in
            withOptionalCString(server.caFile) { file in
                withOptionalCString(server.caFolder) { folder in
                    options.urls = urls
                    options.ca_file = file
                    options.ca_folder = folder
                    return apus_ldap_open(&options, &error)
                }
            }
        }
        guard let opened else { throw LDAPError(error) }
        handle = opened
    }

    deinit { apus_ldap_close(handle) }

    /// - Parameter name: empty with an empty password for an anonymous bind. A name without a password would be one too,
    ///   and prove nothing (RFC 4513, section 5.1.2): callers refuse that.
    func bind(_ name: String, _ password: String) throws(LDAPError) {
        var error = apus_ldap_error()
        let code = password.withCString { apus_ldap_bind(handle, name, $0, password.utf8.count, &error) }
        guard code == 0 else { throw LDAPError(error) }
    }

    /// - Returns: nothing where the base does not exist.
    func search(_ search: LDAPSearch) throws(LDAPError) -> [LDAPEntry] {
        var error = apus_ldap_error()
        guard let result = start(search, &error) else {
            let failure = LDAPError(error)
            if failure.isNoSuchObject { return [] }
            throw failure
        }
        defer { apus_ldap_result_free(result) }
        var entries: [LDAPEntry] = []
        while apus_ldap_next(result) != 0 {
            entries.append(
                LDAPEntry(
                    dn: String(cString: apus_ldap_dn(result)),
                    values: Self.values(result, of: Set(search.attributes.map { $0.lowercased() }))))
        }
        return entries
    }

    private func start(_ search: LDAPSearch, _ error: inout apus_ldap_error) -> OpaquePointer? {
        var options = apus_ldap_search_options()
        options.scope = search.scope.number
        options.page_size = Int32(clamping: search.pageSize)
        options.maximum = LDAPSearch.maximumEntries
        return search.attributes.joined(separator: " ").withCString { attributes in
            search.base.withCString { base in
                search.filter.withCString { filter in
                    options.base = base
                    options.filter = filter
                    options.attributes = attributes
                    return apus_ldap_search(handle, &options, &error)
                }
            }
        }
    }

    private static func values(_ result: OpaquePointer, of names: Set<String>) -> [String: [[UInt8]]] {
        var values: [String: [[UInt8]]] = [:]
        for name in names {
            let count = apus_ldap_values(result, name)
            guard count > 0 else { continue }
            values[name] = (0..<count).map { index in
                var length = 0
                let bytes = apus_ldap_value(result, index, &length)
                return Array(UnsafeRawBufferPointer(start: bytes, count: length))
            }
        }
        return values
    }
}

private func withOptionalCString<T>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> T) -> T {
    guard let text else { return body(nil) }
    return text.withCString { body($0) }
}

extension LDAPSearch.Scope {
    fileprivate var number: Int32 {
        switch self {
        case .base: Int32(APUS_LDAP_BASE)
        case .one: Int32(APUS_LDAP_ONE)
        case .sub: Int32(APUS_LDAP_SUBTREE)
        }
    }
}

extension LDAPServer.CertificateCheck {
    fileprivate var number: Int32 {
        switch self {
        case .never: Int32(APUS_LDAP_TLS_NEVER)
        case .allow: Int32(APUS_LDAP_TLS_ALLOW)
        case .demand: Int32(APUS_LDAP_TLS_DEMAND)
        }
    }
}

extension LDAPServer.Dereferencing {
    fileprivate var number: Int32 {
        switch self {
        case .default: -1
        case .never: 0
        case .searching: 1
        case .finding: 2
        case .always: 3
        }
    }
}
