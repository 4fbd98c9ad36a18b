package import Core

/// `[identity]`: domains whose users and groups are elsewhere.
package struct DirectoryOptions: OptionGroup {
    package static let group = "identity"
    /// Whether what a domain sets in `identity` and `ldap` counts.
    package let isOn: Bool
    /// How old what is known of a directory's user may be before the directory is asked again.
    package let maximumAge: Duration
    /// How old it may be while the directory cannot be reached.
    package let outageAge: Duration

    package init(_ options: inout OptionReader) throws {
        isOn = try options.value(
            "domain_specific_drivers_enabled", default: false,
            help: "Whether domains may have their users and groups in LDAP: those whose configuration (the API's "
                + "/v3/domains/ID/config) has driver = ldap.")
        maximumAge = try options.value(
            "directory_max_age", default: .seconds(60),
            help: "How old what is known of an LDAP user may be before a token's validation asks the directory again: "
                + "how long a user may go on who is disabled there, or taken out of a group.")
        outageAge = try options.value(
            "directory_outage_age", default: .seconds(600),
            help: "How old it may be while the directory cannot be reached; then tokens of its users are answered 503.")
    }
}
