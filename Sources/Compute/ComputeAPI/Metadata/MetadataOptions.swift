package import Core

/// The `[metadata]` group: how guests' questions are trusted and answered.
package struct MetadataOptions: OptionGroup {
    package static let group = "metadata"

    package let bind: String
    package let port: Int
    package let sharedSecret: Secret
    package let domain: String

    package init(_ options: inout OptionReader) throws {
        bind = try options.value("bind", default: "0.0.0.0", help: "Address on which the metadata service listens.")
        port = try options.value("port", default: 8775, in: 0...65535, help: "Its port.")
        sharedSecret = try options.secret(
            "shared_secret", default: "",
            help: "Signs what the agents' metadata proxies say of the asking guest. Empty: nobody is answered.")
        domain = try options.value(
            "dhcp_domain", default: "", help: "Domain appended to host names in the metadata; empty for none.")
    }
}
