public import Core

/// How to reach RabbitMQ, and how much may wait for it.
public struct MessagingOptions: Sendable {
    public var host: String
    public var port: Int
    public var user: String
    public var password: Secret
    public var virtualHost: String
    public var usesTLS: Bool
    /// PEM files; nil leaves each out.
    public var tlsCA: String?
    public var tlsCertificate: String?
    public var tlsKey: String?
    /// How often both ends show that they live; a peer silent for two of these is taken for dead.
    public var heartbeat: Duration
    public var connectTimeout: Duration
    /// How long a message may wait to be confirmed, over reconnections, before its sender is told.
    public var publishTimeout: Duration
    /// Messages, and bytes of them, that may wait for a broker that is away or blocked.
    public var maximumWaiting: Int
    public var maximumWaitingBytes: Int
    /// Deliveries of one cast before the broker itself moves it to the dead letters.
    public var deliveryLimit: Int

    public init(
        host: String = "127.0.0.1", port: Int = 5672, user: String = "guest", password: Secret = Secret("guest"),
        virtualHost: String = "/", usesTLS: Bool = false, tlsCA: String? = nil, tlsCertificate: String? = nil,
        tlsKey: String? = nil, heartbeat: Duration = .seconds(10), connectTimeout: Duration = .seconds(10),
        publishTimeout: Duration = .seconds(30), maximumWaiting: Int = 4096, maximumWaitingBytes: Int = 64 << 20,
        deliveryLimit: Int = 20
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.password = password
        self.virtualHost = virtualHost
        self.usesTLS = usesTLS
        self.tlsCA = tlsCA
        self.tlsCertificate = tlsCertificate
        self.tlsKey = tlsKey
        self.heartbeat = heartbeat
        self.connectTimeout = connectTimeout
        self.publishTimeout = publishTimeout
        self.maximumWaiting = maximumWaiting
        self.maximumWaitingBytes = maximumWaitingBytes
        self.deliveryLimit = deliveryLimit
    }
}
