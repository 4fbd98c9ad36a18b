public import Core

/// The `[api]` group: where and within which limits an API is served.
public struct APIServerOptions: OptionGroup {
    public static let group = "api"

    public let bind: String
    public let port: Int?
    public let tlsCertificate: String?
    public let tlsKey: String?
    public let maxBody: Int
    public let maxHeader: Int
    public let maxConnections: Int
    public let idleTimeout: Duration
    public let requestTimeout: Duration
    public let publicEndpoint: String?
    public let trustsProxyHeaders: Bool
    public let policyFile: String?
    public let healthcheckDisableFile: String?
    public let healthcheckIsDetailed: Bool

    public init(_ options: inout OptionReader) throws {
        bind = try options.value("bind", default: "0.0.0.0", help: "Address to listen on.")
        port = try options.optional("port", Int.self, help: "Port to listen on, if not the service's usual one.")
        tlsCertificate = try options.optional(
            "tls_cert", String.self, help: "PEM file with the certificate chain; with tls_key turns TLS on.")
        tlsKey = try options.optional("tls_key", String.self, help: "PEM file with the certificate's private key.")
        maxBody = try options.value(
            "max_body", default: 114_688, in: 1024...1_073_741_824,
            help: "Largest request body in bytes, image data excepted.")
        maxHeader = try options.value(
            "max_header", default: 32_768, in: 4096...1_048_576,
            help: "Largest request header in bytes, all fields together.")
        maxConnections = try options.value(
            "max_connections", default: 4096, in: 1...1_000_000, help: "Connections served at a time; more wait.")
        idleTimeout = try options.value(
            "idle_timeout", default: .seconds(75),
            help: "How long a connection may be silent between or within requests, or take nothing of an answer.")
        requestTimeout = try options.value(
            "request_timeout", default: .seconds(30),
            help: """
                How long a client may take to send a request's header, from its first byte; and its body, \
                for which each 512 bytes earn a second more.
                """)
        publicEndpoint = try options.optional(
            "public_endpoint", String.self,
            help: "scheme://host[:port] written into links, when clients reach the service under another name.")
        trustsProxyHeaders = try options.value(
            "enable_proxy_headers", default: false,
            help: "Believe X-Forwarded-* headers. Only behind a proxy that sets them.")
        policyFile = try options.optional(
            "policy_file", String.self, help: "YAML or JSON file of policy rules that override the defaults.")
        healthcheckDisableFile = try options.optional(
            "healthcheck_disable_by_file_path", String.self,
            help:
                "While this file exists, /healthcheck answers 503: takes the service out of a load balancer's rotation."
        )
        healthcheckIsDetailed = try options.value(
            "healthcheck_detailed", default: false,
            help: "Let /healthcheck tell time, platform and the file's path, in JSON and HTML.")
        if (tlsCertificate == nil) != (tlsKey == nil) {
            throw ServiceError(.badRequest, "[api] tls_cert and tls_key must be set together.")
        }
    }

    public init(
        bind: String = "127.0.0.1", port: Int? = nil, tlsCertificate: String? = nil, tlsKey: String? = nil,
        maxBody: Int = 114_688, maxHeader: Int = 32_768, maxConnections: Int = 4096,
        idleTimeout: Duration = .seconds(75), requestTimeout: Duration = .seconds(30),
        publicEndpoint: String? = nil, trustsProxyHeaders: Bool = false, policyFile: String? = nil,
        healthcheckDisableFile: String? = nil, healthcheckIsDetailed: Bool = false
    ) {
        self.bind = bind
        self.port = port
        self.tlsCertificate = tlsCertificate
        self.tlsKey = tlsKey
        self.maxBody = maxBody
        self.maxHeader = maxHeader
        self.maxConnections = maxConnections
        self.idleTimeout = idleTimeout
        self.requestTimeout = requestTimeout
        self.publicEndpoint = publicEndpoint
        self.trustsProxyHeaders = trustsProxyHeaders
        self.policyFile = policyFile
        self.healthcheckDisableFile = healthcheckDisableFile
        self.healthcheckIsDetailed = healthcheckIsDetailed
    }
}
