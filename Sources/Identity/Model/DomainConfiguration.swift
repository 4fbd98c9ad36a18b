package import Core

/// The options that a domain may set for itself, with their defaults: those of Keystone's LDAP driver.
///
/// What is not listed is refused, so that a new option is never settable by accident.
package enum DomainConfiguration {
    package typealias Values = [String: [String: JSONValue]]

    package struct Option: Sendable {
        package let name: String
        package let fallback: JSONValue
        /// Never shown, and stored encrypted.
        package let isSensitive: Bool
        /// Whether it is among the defaults of its group.
        package let isListed: Bool

        init(_ name: String, _ fallback: JSONValue = nil, isSensitive: Bool = false, isListed: Bool = true) {
            self.name = name
            self.fallback = fallback
            self.isSensitive = isSensitive
            self.isListed = isListed
        }
    }

    package static let groups: [String: [Option]] = ["identity": identity, "ldap": ldap]

    /// The option, if a domain may set it.
    package static func option(_ group: String, _ name: String) -> Option? {
        groups[group]?.first { $0.name == name }
    }

    private static let identity = [Option("driver", "sql"), Option("list_limit")]

    private static let ldap = [
        Option("url", "ldap://localhost"), Option("user"), Option("password", isSensitive: true),
        Option("suffix", "cn=example,cn=com"), Option("query_scope", "one"), Option("page_size", 0),
        Option("alias_dereferencing", "default"), Option("debug_level"), Option("chase_referrals"),
        Option("user_tree_dn"), Option("user_filter"), Option("user_objectclass", "inetOrgPerson"),
        Option("user_id_attribute", "cn"), Option("user_name_attribute", "sn"), Option("user_mail_attribute", "mail"),
        Option("user_description_attribute", "description"), Option("user_pass_attribute", "userPassword"),
        Option("user_enabled_attribute", "enabled"), Option("user_enabled_invert", false),
        Option("user_enabled_mask", 0), Option("user_enabled_default", "True"),
        Option("user_attribute_ignore", ["default_project_id"]), Option("user_default_project_id_attribute"),
        Option("user_enabled_emulation", false), Option("user_enabled_emulation_dn"),
        Option("user_enabled_emulation_use_group_config", false), Option("user_additional_attribute_mapping", []),
        Option("group_tree_dn"), Option("group_filter"), Option("group_objectclass", "groupOfNames"),
        Option("group_id_attribute", "cn"), Option("group_name_attribute", "ou"),
        Option("group_members_are_ids", false), Option("group_member_attribute", "member"),
        Option("group_desc_attribute", "description"), Option("group_attribute_ignore", []),
        Option("group_additional_attribute_mapping", []), Option("tls_cacertfile"), Option("tls_cacertdir"),
        Option("use_tls", false), Option("tls_req_cert", "demand"), Option("use_pool", true), Option("pool_size", 10),
        Option("pool_retry_max", 3), Option("pool_retry_delay", 0.1), Option("pool_connection_timeout", -1),
        Option("pool_connection_lifetime", 600), Option("use_auth_pool", true), Option("auth_pool_size", 100),
        Option("auth_pool_connection_lifetime", 60),
        // Keystone has these only for the whole service.
        Option("connection_timeout", -1, isListed: false), Option("group_ad_nesting", false, isListed: false),
    ]
}

/// Which part of a domain's configuration is meant: all of it, a group, or one option of a group.
package enum DomainConfigurationPart: Sendable {
    case all
    case group(String)
    case option(String, String)

    package var group: String? {
        switch self {
        case .all: nil
        case .group(let group), .option(let group, _): group
        }
    }

    package var option: String? { if case .option(_, let name) = self { name } else { nil } }

    package func contains(_ group: String, _ name: String) -> Bool {
        (self.group ?? group) == group && (option ?? name) == name
    }

    /// In the words of Keystone's faults.
    package var description: String {
        switch self {
        case .all: "any options"
        case .group(let group): "group \(group)"
        case .option(let group, let name): "option \(name) in group \(group)"
        }
    }
}
