public import Core

/// The `[database]` group: how to reach a service's database, and how many connections to keep.
public struct DatabaseOptions: OptionGroup {
    public static let group = "database"

    public var host: String
    public var port: Int
    /// A Unix socket; used instead of host and port when set.
    public var socket: String?
    public var user: String
    public var password: Secret
    public var name: String
    public var poolSize: Int
    /// A CA file: TLS is then required, and the server's certificate and name are checked.
    public var tlsCA: String?
    public var tlsCertificate: String?
    public var tlsKey: String?
    public var connectTimeout: Duration

    public init(_ options: inout OptionReader) throws {
        host = try options.value("host", default: "127.0.0.1", help: "Where MariaDB listens.")
        port = try options.value("port", default: 3306, in: 1...65535, help: "Its port.")
        socket = try options.optional(
            "socket", String.self, help: "Path of its Unix socket; used instead of host and port.")
        user = try options.required("user", help: "The database user.")
        password = try options.secret("password", default: "", help: "The database user's password.")
        name = try options.required("name", help: "The service's database.")
        poolSize = try options.value(
            "pool_size", default: 4, in: 1...256,
            help: "Connections, each with a thread. More than twice the database's cores gain nothing.")
        tlsCA = try options.optional(
            "tls_ca", String.self, help: "PEM file of authorities; TLS is then required and the server checked.")
        tlsCertificate = try options.optional("tls_cert", String.self, help: "PEM file of this client's certificate.")
        tlsKey = try options.optional("tls_key", String.self, help: "PEM file of its private key.")
        connectTimeout = try options.value(
            "connect_timeout", default: .seconds(10), in: .seconds(1) ... .seconds(300),
            help: "How long a request waits for a connection before it fails.")
    }

    public init(
        host: String = "127.0.0.1", port: Int = 3306, socket: String? = nil, user: String, password: String = "",
        name: String, poolSize: Int = 4, connectTimeout: Duration = .seconds(5)
    ) {
        self.host = host
        self.port = port
        self.socket = socket
        self.user = user
        self.password = Secret(password)
        self.name = name
        self.poolSize = poolSize
        self.connectTimeout = connectTimeout
    }
}
