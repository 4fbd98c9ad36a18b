package import Core

/// Where OVN's databases are: `[ovn]`.
package struct OVNOptions: OptionGroup {
    package static let group = "ovn"

    package let northbound: String
    package let southbound: String
    package let distributedFloatingIPs: Bool
    package let reconcileInterval: Duration
    package let lookoutInterval: Duration

    package init(_ options: inout OptionReader) throws {
        northbound = try options.value(
            "ovn_nb_connection", default: "unix:/var/run/ovn/ovnnb_db.sock",
            help: "OVN's northbound database: unix:PATH or tcp:HOST:PORT, several separated by commas.")
        southbound = try options.value(
            "ovn_sb_connection", default: "unix:/var/run/ovn/ovnsb_db.sock",
            help: "OVN's southbound database, in the same form.")
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
