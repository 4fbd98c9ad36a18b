package import Core

/// `[federation]`: identity providers, and the proxy that speaks with them.
package struct FederationOptions: OptionGroup {
    package static let group = "federation"
    /// What a trusted proxy shows of itself in `X-Apus-Proxy-Secret`; empty: no proxy is trusted.
    package let proxySecret: Secret
    package let assertionPrefix: String
    package let remoteIDAttribute: String?
    package let trustedDashboards: [String]
    package let defaultAuthorizationTTL: Duration
    package let defaultSchemaVersion: String

    package init(_ options: inout OptionReader) throws {
        proxySecret = try options.secret(
            "proxy_secret", default: "",
            help: "What the proxy that authenticates users sends as X-Apus-Proxy-Secret. Without it the headers that "
                + "say who a user is are never looked at; the proxy must take them out of clients' requests.")
        assertionPrefix = try options.value(
            "assertion_prefix", default: "HTTP_OIDC_",
            help: "What the names of an assertion's attributes begin with: the header OIDC-iss is HTTP_OIDC_ISS.")
        remoteIDAttribute = try options.optional(
            "remote_id_attribute", String.self,
            help: "The attribute that names the identity provider, where a protocol does not say: HTTP_OIDC_ISS.")
        trustedDashboards = try options.list(
            "trusted_dashboard", default: [],
            help: "URLs that a login page may hand a token to: https://cloud.example.org/auth/websso/.")
        defaultAuthorizationTTL = .seconds(
            60
                * (try options.value(
                    "default_authorization_ttl", default: 0, in: 0...10_000_000,
                    help: "Minutes that memberships in groups last which an identity provider vouches for, beyond the "
                        + "token; 0: not at all.")))
        defaultSchemaVersion = try options.value(
            "attribute_mapping_default_schema_version", default: "1.0",
            help: "Version of mappings that do not say one: 1.0, 2.0 or 3.0.")
    }
}
