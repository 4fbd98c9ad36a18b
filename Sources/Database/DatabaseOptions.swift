/// How to reach a service's database, and how many connections to keep.
public struct DatabaseOptions: Sendable {
    public var host: String
    public var port: Int
    /// A Unix socket; used instead of host and port when set.
    public var socket: String?
    public var user: String
    public var password: String
    public var name: String
    public var poolSize: Int
    /// A CA file: TLS is then required, and the server's certificate and name are checked.
    public var tlsCA: String?
    public var tlsCertificate: String?
    public var tlsKey: String?
    public var connectTimeout: Duration

    public init(
        host: String = "127.0.0.1", port: Int = 3306, socket: String? = nil, user: String, password: String = "",
        name: String, poolSize: Int = 4, connectTimeout: Duration = .seconds(5)
    ) {
        self.host = host
        self.port = port
        self.socket = socket
        self.user = user
        self.password = password
        self.name = name
        self.poolSize = poolSize
        self.connectTimeout = connectTimeout
    }
}
