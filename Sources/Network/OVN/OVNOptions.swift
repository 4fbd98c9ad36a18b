package import Core
package import OVSDB

/// Where OVN's databases are: `[ovn]`.
package struct OVNOptions: OptionGroup {
    package static let group = "ovn"

    package let northbound: String
    package let southbound: String
    package let northboundFiles: OVNCertificates
    package let southboundFiles: OVNCertificates
    package let distributedFloatingIPs: Bool
    package let reconcileInterval: Duration
    package let lookoutInterval: Duration

    package init(_ options: inout OptionReader) throws {
        northbound = try options.value(
            "ovn_nb_connection", default: "unix:/var/run/ovn/ovnnb_db.sock",
            help: "OVN's northbound database: unix:PATH, tcp:HOST:PORT or ssl:HOST:PORT, several separated by commas.")
        southbound = try options.value(
            "ovn_sb_connection", default: "unix:/var/run/ovn/ovnsb_db.sock",
            help: "OVN's southbound database, in the same form.")
        northboundFiles = try OVNCertificates("nb", "northbound", &options)
        southboundFiles = try OVNCertificates("sb", "southbound", &options)
        distributedFloatingIPs = try options.value(
            "enable_distributed_floating_ip", default: false,
            help: "Whether floating IPs leave from the guest's own host, which then needs the external bridge.")
        reconcileInterval = try options.value(
            "reconcile_interval", default: .seconds(300), help: "How often everything is compared with the database.")
        lookoutInterval = try options.value(
            "lookout_interval", default: .seconds(10),
            help: "How often changes are looked for that another copy of this daemon noted and did not live to bring "
                + "to OVN or to compute; its own are dealt with right after their commit.")
    }
}

/// The PEM files for `ssl:` connections to one of OVN's databases, by Neutron's option names.
package struct OVNCertificates: Sendable {
    private let name: String
    private let privateKey: String?
    private let certificate: String?
    private let authority: String?

    fileprivate init(_ name: String, _ database: String, _ options: inout OptionReader) throws {
        self.name = name
        privateKey = try options.optional(
            "ovn_\(name)_private_key", help: "PEM file of the key for ssl: connections to the \(database) database.")
        certificate = try options.optional(
            "ovn_\(name)_certificate", help: "PEM file of the certificate that goes with it.")
        authority = try options.optional(
            "ovn_\(name)_ca_cert", help: "PEM file of the authority that signed the \(database) database's certificate."
        )
    }

    /// The way to a database.
    /// - Throws: `ConfigurationError` for `ssl:` without all three files.
    package func connection(
        _ remotes: String, database: String, tables: [MonitoredTable]
    ) throws -> OVSDBClientOptions {
        let remotes = try OVSDBRemote.list(remotes)
        guard remotes.contains(where: \.isTLS) else {
            return OVSDBClientOptions(remotes: remotes, database: database, tables: tables)
        }
        guard let privateKey, let certificate, let authority else {
            throw ConfigurationError(
                "[ovn] ovn_\(name)_connection: ssl: needs ovn_\(name)_private_key, ovn_\(name)_certificate and "
                    + "ovn_\(name)_ca_cert")
        }
        return OVSDBClientOptions(
            remotes: remotes, tls: try OVSDBTLS(privateKey: privateKey, certificate: certificate, authority: authority),
            database: database, tables: tables)
    }
}
