public import Core

extension MessagingOptions: OptionGroup {
    public static let group = "messaging"

    public init(_ options: inout OptionReader) throws {
        let url: String? = try options.optional(
            "url", help: "amqp://user:password@host:port/vhost, or amqps; the other options take precedence.")
        var result = try url.map { try MessagingOptions(url: $0) } ?? MessagingOptions()
        if let host: String = try options.optional("host", help: "RabbitMQ's host.") { result.host = host }
        if let port: Int = try options.optional("port", help: "RabbitMQ's port.") { result.port = port }
        if let user: String = try options.optional("user", help: "RabbitMQ's user.") { result.user = user }
        let password = try options.secret("password", default: "", help: "The user's password.")
        if !password.isEmpty { result.password = password }
        if let vhost: String = try options.optional("vhost", help: "The virtual host.") { result.virtualHost = vhost }
        if let tls: Bool = try options.optional("tls", help: "Whether to use TLS.") { result.usesTLS = tls }
        result.tlsCA = try options.optional("tls_ca", help: "PEM file of the CA that signed RabbitMQ's certificate.")
        result.tlsCertificate = try options.optional("tls_cert", help: "PEM file of this daemon's certificate.")
        result.tlsKey = try options.optional("tls_key", help: "PEM file of the certificate's key.")
        result.heartbeat = try options.value(
            "heartbeat", default: Duration.seconds(10), in: .seconds(1) ... .seconds(300),
            help: "Interval of heartbeats; a peer silent for two of these is taken for dead.")
        result.connectTimeout = try options.value(
            "connect_timeout", default: Duration.seconds(10), in: .seconds(1) ... .seconds(300),
            help: "Time limit of connecting and logging in.")
        result.publishTimeout = try options.value(
            "publish_timeout", default: Duration.seconds(30), in: .seconds(1) ... .seconds(3600),
            help: "How long a message may wait for a broker that is away or blocked.")
        result.maximumWaiting = try options.value(
            "max_waiting", default: 4096, in: 1...1_000_000, help: "Messages that may wait for the broker.")
        self = result
    }
}
