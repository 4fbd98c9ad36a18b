import Core

/// `[ldap]` of a domain: where its users and groups are, and by which attributes. Names, defaults and meaning are those of
/// Keystone's LDAP driver.
struct LDAPDomainOptions: Sendable {
    /// What users and groups have in common.
    struct Kind: Sendable {
        var base: String
        /// The operator's own condition, with its parentheses; may be empty.
        var filter: String
        var objectClass: String
        var idAttribute: String
        var nameAttribute: String
        var descriptionAttribute: String?
    }

    /// How it is told who is enabled.
    struct Enabling: Sendable {
        /// Nil: nobody is disabled by an attribute.
        var attribute: String?
        var isInverted: Bool
        /// The bits that mean disabled; 0 where the attribute is a truth value.
        var mask: Int
        var fallback: String
        /// The entry whose members alone are enabled.
        var emulationName: String?
        var emulationUsesGroups: Bool
    }

    var server: LDAPServer
    var login: LDAPPool.Login
    var scope: LDAPSearch.Scope
    var pageSize: Int
    var users: Kind
    var mailAttribute: String?
    var defaultProjectAttribute: String?
    var enabling: Enabling
    var groups: Kind
    var memberAttribute: String
    var membersAreIDs: Bool
    /// Whether memberships in groups of groups count, by Active Directory's own rule.
    var hasNestedGroups: Bool
    var keepsConnections: Bool
    var poolSize: Int
    var connectionLifetime: Int
    var keepsLoginConnections: Bool
    var loginPoolSize: Int
    var loginConnectionLifetime: Int

    /// - Parameter values: what the domain sets in `[ldap]`.
    /// - Throws: `ConfigurationError` for a value that is none of its option's.
    init(_ values: [String: JSONValue]) throws {
        let read = Reader(values)
        let suffix = read.text("suffix") ?? ""
        scope = try read.choice("query_scope", .one)
        pageSize = try read.number("page_size")
        server = try Self.server(read)
        login = LDAPPool.Login(name: read.text("user") ?? "", password: read.text("password") ?? "")
        // A name without a password would be an anonymous bind that looks like another.
        if login.name.isEmpty || login.password.isEmpty { login = LDAPPool.Login() }
        let ignoredOfUsers = read.list("user_attribute_ignore")
        users = Self.kind("user", "description", tree: "ou=Users,\(suffix)", ignoredOfUsers, read)
        mailAttribute = ignoredOfUsers.contains("email") ? nil : read.text("user_mail_attribute")
        defaultProjectAttribute =
            ignoredOfUsers.contains("default_project_id") ? nil : read.text("user_default_project_id_attribute")
        enabling = try Self.enabling(read, isIgnored: ignoredOfUsers.contains("enabled"), tree: users.base)
        groups = Self.kind(
            "group", "desc", tree: "ou=UserGroups,\(suffix)", read.list("group_attribute_ignore"), read)
        memberAttribute = read.text("group_member_attribute") ?? "member"
        membersAreIDs = try read.flag("group_members_are_ids")
        hasNestedGroups = try read.flag("group_ad_nesting")
        keepsConnections = try read.flag("use_pool")
        poolSize = min(max(1, try read.number("pool_size")), 64)
        connectionLifetime = try read.number("pool_connection_lifetime")
        keepsLoginConnections = try keepsConnections && read.flag("use_auth_pool")
        loginPoolSize = min(max(1, try read.number("auth_pool_size")), 64)
        loginConnectionLifetime = try read.number("auth_pool_connection_lifetime")
    }

    private static func server(_ read: Reader) throws -> LDAPServer {
        // -1 is the system's own, which is for ever: nobody waits that long here.
        let timeouts = [try read.number("connection_timeout"), try read.number("pool_connection_timeout")]
        let connectTimeout = timeouts.filter { $0 > 0 }.min() ?? 5
        return LDAPServer(
            urls: (read.text("url") ?? "").split { $0 == "," || $0 == " " }.map(String.init),
            connectTimeout: connectTimeout, timeout: 2 * connectTimeout,
            startsTLS: try read.flag("use_tls"), certificateCheck: try read.choice("tls_req_cert", .demand),
            caFile: read.text("tls_cacertfile"), caFolder: read.text("tls_cacertdir"),
            followsReferrals: try read.flag("chase_referrals"),
            dereferencing: try read.choice("alias_dereferencing", .default))
    }

    private static func kind(
        _ name: String, _ description: String, tree: String, _ ignored: [String], _ read: Reader
    ) -> Kind {
        Kind(
            base: read.text("\(name)_tree_dn") ?? tree, filter: read.text("\(name)_filter") ?? "",
            objectClass: read.text("\(name)_objectclass") ?? "top",
            idAttribute: read.text("\(name)_id_attribute") ?? "cn",
            nameAttribute: read.text("\(name)_name_attribute") ?? "cn",
            descriptionAttribute: ignored.contains("description")
                ? nil : read.text("\(name)_\(description)_attribute"))
    }

    private static func enabling(_ read: Reader, isIgnored: Bool, tree: String) throws -> Enabling {
        let isEmulated = try !isIgnored && read.flag("user_enabled_emulation")
        return Enabling(
            attribute: isIgnored || isEmulated ? nil : read.text("user_enabled_attribute"),
            isInverted: try read.flag("user_enabled_invert"), mask: try read.number("user_enabled_mask"),
            fallback: read.text("user_enabled_default") ?? "True",
            emulationName: isEmulated ? read.text("user_enabled_emulation_dn") ?? "cn=enabled_users,\(tree)" : nil,
            emulationUsesGroups: try read.flag("user_enabled_emulation_use_group_config"))
    }
}

extension LDAPDomainOptions {
    /// Values as clients of the API write them: numbers and truth values may be texts, lists may be divided by commas.
    private struct Reader {
        private let values: [String: JSONValue]
        private let secrets: [String: String]

        init(_ values: [String: JSONValue]) {
            self.values = values
            secrets = values.compactMapValues(\.string).filter {
                DomainConfiguration.option("ldap", $0.key)?.isSensitive == true
            }
        }

        private func value(_ name: String) -> JSONValue {
            let given = values[name] ?? .null
            return given.isNull ? DomainConfiguration.option("ldap", name)?.fallback ?? .null : given
        }

        /// Nil for the empty text too. `%(password)s` in a text stands for the secret option of that name.
        func text(_ name: String) -> String? {
            let text: String? =
                switch value(name) {
                case .string(let text): text
                case .bool(let flag): flag ? "True" : "False"
                case let other: other.int.map(String.init)
                }
            guard var text, !text.isEmpty else { return nil }
            for (secret, value) in secrets where secret != name {
                text = text.split(separator: "%(\(secret))s", omittingEmptySubsequences: false).joined(separator: value)
            }
            return text
        }

        func number(_ name: String) throws -> Int {
            guard let text = text(name) else { return 0 }
            guard let number = Int(text) else { throw wrong(name) }
            return number
        }

        func flag(_ name: String) throws -> Bool {
            guard let text = text(name) else { return false }
            switch text.lowercased() {
            case "true", "1", "yes", "on": return true
            case "false", "0", "no", "off": return false
            default: throw wrong(name)
            }
        }

        func choice<Choice: RawRepresentable<String>>(_ name: String, _ fallback: Choice) throws -> Choice {
            guard let text = text(name) else { return fallback }
            guard let choice = Choice(rawValue: text) else { throw wrong(name) }
            return choice
        }

        func list(_ name: String) -> [String] {
            if let items = value(name).array { return items.compactMap(\.string) }
            return (text(name) ?? "").split { $0 == "," || $0 == " " }.map(String.init)
        }

        private func wrong(_ name: String) -> ConfigurationError {
            ConfigurationError("[ldap] \(name) cannot be what the domain sets it to")
        }
    }
}
