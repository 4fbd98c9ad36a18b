/// How a client reaches a database and what it copies of it.
public struct OVSDBClientOptions: Sendable {
    /// Tried in order, then from the start again.
    public var remotes: [OVSDBRemote]
    /// For remotes with `ssl:`.
    public var tls: OVSDBTLS?
    public var database: String
    public var tables: [MonitoredTable]
    /// After this long without a byte the server is asked for an echo; after twice as long the session is closed.
    public var probeInterval: Duration = .seconds(5)
    /// How long a transaction may take before the session is closed.
    public var transactionTimeout: Duration = .seconds(30)
    public var connectTimeout: Duration = .seconds(5)
    /// Waits between attempts double from the first to the second.
    public var backoff: ClosedRange<Duration> = .milliseconds(100) ... .seconds(8)
    /// Transactions that may be under way at a time; one more is refused.
    public var maxPending = 256
    /// The longest message accepted: the first copy of all tables is one message.
    public var maxMessageBytes = 1 << 30

    public init(remotes: [OVSDBRemote], tls: OVSDBTLS? = nil, database: String, tables: [MonitoredTable]) {
        self.remotes = remotes
        self.tls = tls
        self.database = database
        self.tables = tables
    }
}
