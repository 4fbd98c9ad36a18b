package import Core

/// What a server asks of its host, beside resources.
package struct PlacementRequest: Codable, Sendable, Hashable {
    package var availabilityZone: String?
    /// Only this host (or node) will do.
    package var forceHost: String?
    /// Hosts that were tried and failed.
    package var ignoreHosts: [String]
    /// `os:scheduler_hints` as the user gave them.
    package var hints: JSONValue
    package var imageProperties: [String: String]
    package var extraSpecs: [String: String]
    /// The server group that the hint `group` names, resolved by the conductor.
    package var group: Group?

    package struct Group: Codable, Sendable, Hashable {
        /// `affinity`, `anti-affinity`, `soft-affinity`, `soft-anti-affinity`.
        package var policy: String
        /// Hosts of the group's other servers, one entry per server.
        package var hosts: [String]
        /// `max_server_per_host` of anti-affinity.
        package var maximumPerHost: Int

        package init(policy: String, hosts: [String], maximumPerHost: Int = 1) {
            self.policy = policy
            self.hosts = hosts
            self.maximumPerHost = maximumPerHost
        }
    }

    package init(
        availabilityZone: String? = nil, forceHost: String? = nil, ignoreHosts: [String] = [],
        hints: JSONValue = [:], imageProperties: [String: String] = [:], extraSpecs: [String: String] = [:],
        group: Group? = nil
    ) {
        self.availabilityZone = availabilityZone
        self.forceHost = forceHost
        self.ignoreHosts = ignoreHosts
        self.hints = hints
        self.imageProperties = imageProperties
        self.extraSpecs = extraSpecs
        self.group = group
    }
}
