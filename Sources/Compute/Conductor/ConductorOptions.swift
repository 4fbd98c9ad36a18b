package import Core

/// The `[conductor]` group.
package struct ConductorOptions: OptionGroup {
    package static let group = "conductor"
    let concurrency: Int
    let dhcpDomain: String

    package init(_ options: inout OptionReader) throws {
        concurrency = try options.value(
            "concurrency", default: 32, in: 1...1024, help: "Workflows worked on at a time.")
        dhcpDomain = try options.value(
            "dhcp_domain", default: "novalocal", help: "Appended to host names on config drives; empty for none.")
    }
}
