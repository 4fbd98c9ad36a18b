package import Core

/// The `[open_vswitch]` group: the switch that guests' interfaces are plugged into.
package struct OpenVSwitchOptions: OptionGroup {
    package static let group = "open_vswitch"

    package let database: String

    package init(_ options: inout OptionReader) throws {
        database = try options.value(
            "database", default: "unix:/run/openvswitch/db.sock",
            help: "The database of this host's Open vSwitch: unix:PATH or tcp:HOST:PORT.")
    }
}
