/// What one connection is used for. All methods run on the connection's thread.
protocol AMQPWorker: SendableMetatype {
    /// Whether the connection asks for publisher confirms.
    static var confirms: Bool { get }

    /// A connection is there: set up what it needs.
    mutating func connected(_ connection: AMQPConnection) throws(AMQPFailure)
    mutating func handle(_ event: AMQPEvent, _ connection: AMQPConnection) throws(AMQPFailure)
    /// What was delivered and is to be handed out now, while nobody holds the connection.
    mutating func takeDeliveries() -> [ReadyDelivery]
    /// Does what was asked for meanwhile. Called in every round, after reading and handing out.
    /// - Returns: whether there is more that can be done at once.
    mutating func work(_ connection: AMQPConnection) throws(AMQPFailure) -> Bool
    /// The connection is gone, and with it all that depended on it.
    mutating func disconnected()
    /// Gives up what has waited too long.
    /// - Returns: whether anything still waits with a deadline.
    mutating func expire(_ now: ContinuousClock.Instant) -> Bool
    /// Whether something was asked for that `work` has not taken up yet.
    var isAsked: Bool { get }
    /// Nothing is left to do before the connection may close.
    var isIdle: Bool { get }
    /// The thread ends: whoever waits must be told.
    mutating func stopped()
}

/// A message and who is to have it.
struct ReadyDelivery: Sendable {
    let delivery: Delivery
    let receive: @Sendable (Delivery) -> Void
}
