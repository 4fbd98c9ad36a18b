import Core

/// A message that could not be handled is kept, with the reason, in the queue `dead-letters`.
enum DeadLetter {
    static let queueHeader = "apus-queue"
    static let codeHeader = "apus-error-code"
    static let errorHeader = "apus-error"

    /// A copy of `delivery` for the dead letters. The reason is cut, because brokers bound a frame.
    static func message(_ delivery: Delivery, _ error: any Error, id: String) -> OutgoingMessage {
        var headers = delivery.headers
        headers[queueHeader] = delivery.queue
        headers[codeHeader] = (error as? ServiceError)?.code.name ?? ServiceError.Code.internal.name
        headers[errorHeader] = String(String(reflecting: error).prefix(4096))
        return OutgoingMessage(
            to: .durableQueue(.deadLetters), id: id, type: delivery.type, correlationID: delivery.id,
            headers: headers, body: delivery.body)
    }
}
