package import Core

/// The `[metadata]` group: how guests' metadata requests reach compute-api.
package struct MetadataOptions: OptionGroup {
    package static let group = "metadata"

    package let enabled: Bool
    package let apiURL: String
    package let sharedSecret: Secret
    package let requestsPerSecond: Int
    package let burst: Int
    package let bridge: String

    package init(_ options: inout OptionReader) throws {
        enabled = try options.value("enabled", default: true, help: "Serve 169.254.169.254 to the guests of this host.")
        apiURL = try options.value(
            "api_url", default: "http://127.0.0.1:8775", help: "compute-api's metadata service.")
        sharedSecret = try options.secret(
            "shared_secret", default: "", help: "Signs the instance id towards compute-api; the same there.")
        requestsPerSecond = try options.value(
            "requests_per_second", default: 20, in: 1...100_000, help: "Requests a guest may make in the long run.")
        burst = try options.value("burst", default: 100, in: 1...100_000, help: "Requests a guest may make at once.")
        bridge = try options.value("integration_bridge", default: "br-int", help: "Open vSwitch's integration bridge.")
    }
}
