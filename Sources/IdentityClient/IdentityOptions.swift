public import Core

/// The `[identity]` group: where identity is, and as whom this service speaks to it.
public struct IdentityOptions: OptionGroup {
    public static let group = "identity"

    /// Identity's URL, with or without `/v3`.
    public let authURL: String
    public let username: String
    public let password: Secret
    public let projectName: String
    public let userDomainName: String
    public let projectDomainName: String
    public let regionName: String
    /// Which of the catalogue's endpoints are called: public, internal or admin.
    public let interface: String
    /// How long a validated token is believed without asking again. Revocations are pushed, and end
    /// it sooner.
    public let cacheTime: Duration
    /// How long cached tokens are believed without a beat from identity: the limit for a revocation whose push
    /// was lost together with the beats after it.
    public let maxSilence: Duration
    /// Validated tokens kept in the process.
    public let cacheSize: Int
    public let timeout: Duration
    public let tlsCA: String?

    public init(_ options: inout OptionReader) throws {
        authURL = try options.value("auth_url", default: "http://127.0.0.1:5000/v3", help: "Identity's URL.")
        username = try options.value("username", default: "", help: "The service's user.")
        password = try options.secret("password", default: "", help: "The service user's password.")
        projectName = try options.value("project_name", default: "service", help: "The service user's project.")
        userDomainName = try options.value("user_domain_name", default: "Default", help: "The user's domain.")
        projectDomainName = try options.value("project_domain_name", default: "Default", help: "The project's domain.")
        regionName = try options.value("region_name", default: "RegionOne", help: "Whose endpoints are called.")
        interface = try options.value("interface", default: "internal", help: "public, internal or admin endpoints.")
        cacheTime = try options.value(
            "cache_seconds", default: .seconds(300), in: .zero ... .seconds(3600),
            help: "How long a validated token is believed.")
        maxSilence = try options.value(
            "max_silence", default: .seconds(3), in: .seconds(2) ... .seconds(3600),
            help: "How long cached tokens are believed while identity is silent; it tells each second how many "
                + "tokens were revoked so far. Set it to cache_seconds beside a Keystone, which does not.")
        cacheSize = try options.value(
            "cache_size", default: 10_000, in: 1...10_000_000, help: "Validated tokens kept in the process.")
        timeout = try options.value("timeout", default: .seconds(30), help: "Limit of one request to another service.")
        tlsCA = try options.optional(
            "tls_ca", String.self, help: "PEM file of authorities trusted for https endpoints; the system's when unset."
        )
    }

    public init(
        authURL: String, username: String, password: Secret, projectName: String = "service",
        userDomainName: String = "Default", projectDomainName: String = "Default", regionName: String = "RegionOne",
        interface: String = "internal", cacheTime: Duration = .seconds(300), maxSilence: Duration = .seconds(3),
        cacheSize: Int = 10_000, timeout: Duration = .seconds(30), tlsCA: String? = nil
    ) {
        self.authURL = authURL
        self.username = username
        self.password = password
        self.projectName = projectName
        self.userDomainName = userDomainName
        self.projectDomainName = projectDomainName
        self.regionName = regionName
        self.interface = interface
        self.cacheTime = cacheTime
        self.maxSilence = maxSilence
        self.cacheSize = cacheSize
        self.timeout = timeout
        self.tlsCA = tlsCA
    }

    /// The v3 API's root, without a trailing slash.
    var rootURL: String {
        var url = authURL[...]
        while url.last == "/" { url = url.dropLast() }
        return url.hasSuffix("/v3") ? String(url) : "\(url)/v3"
    }
}
