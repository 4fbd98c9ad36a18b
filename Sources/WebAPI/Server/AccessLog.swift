import Core
import HTTPTypes
import Logging

/// One line per request: who, what, how it ended, how long it took. Errors that are the service's
/// own are logged with their whole chain; a client's mistakes only as their status.
struct AccessLog: Sendable {
    private let logger: Logger
    /// The logger's handler, where it takes fields as they are.
    private let fieldHandler: (any FieldLogHandler)?

    init(_ logger: Logger) {
        self.logger = logger
        fieldHandler = logger.handler as? any FieldLogHandler
    }

    func write(_ exchange: Exchange, _ outcome: Outcome, _ duration: Duration, failure: (any Error)?) {
        let isOurs = outcome.head.status.code >= 500 && outcome.error != nil
        guard logger.logLevel <= (isOurs ? .error : .info) else { return }
        let fields = Self.fields(exchange, outcome, duration, failure: failure)
        if let fieldHandler, !isOurs { return fieldHandler.log(level: .info, message: "Request", fields: fields) }
        let metadata = Dictionary(fields.map { ($0.key, Logger.MetadataValue.string($0.value)) }) { _, last in last }
        if isOurs {
            logger.error("Request failed", metadata: metadata)
        } else {
            logger.info("Request", metadata: metadata)
        }
    }

    /// What is said of a request, sorted by key.
    static func fields(
        _ exchange: Exchange, _ outcome: Outcome, _ duration: Duration, failure: (any Error)?
    ) -> [LogField] {
        let context = outcome.context
        let cost = exchange.cost
        var fields: [LogField] = []
        fields.reserveCapacity(16)
        func add(_ key: String, _ value: String?) {
            if let value { fields.append(LogField(key, value)) }
        }
        add("bytes", outcome.head.headerFields.value(.contentLength))
        add(LogKey.calls, cost.calls > 0 ? String(cost.calls) : nil)
        add("client", context.remoteAddress)
        add(LogKey.queries, cost.queries > 0 ? String(cost.queries) : nil)
        if outcome.head.status.code >= 500 { add(LogKey.error, outcome.error.map(describeError)) }
        add(LogKey.globalRequestID, context.globalRequestID)
        add("interrupted", failure.map(describeError))
        add(LogKey.method, exchange.method.rawValue)
        add("microversion", outcome.version?.description)
        add(LogKey.milliseconds, String(duration.milliseconds))
        add(LogKey.path, Self.printable(exchange.target))
        add(LogKey.projectID, context.projectID?.rawValue)
        add(LogKey.requestID, context.requestID)
        add(LogKey.status, String(outcome.head.status.code))
        add(LogKey.traceID, context.traceID)
        add(LogKey.userID, context.userID?.rawValue)
        return fields
    }

    /// The path without control characters and of bounded length, and without a token in the query.
    private static func printable(_ target: String) -> String {
        // Nearly all: nothing to hide and nothing to leave out.
        let isPlain = target.utf8.count <= 1024 && target.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3F }
        if isPlain { return target }
        var text = String(
            String.UnicodeScalarView(target.unicodeScalars.prefix(1024).filter { $0.value >= 0x20 && $0.value != 0x7F })
        )
        for secret in ["token=", "Signature="] {
            if let start = text.firstRange(of: secret)?.upperBound {
                let end = text[start...].firstIndex(of: "&") ?? text.endIndex
                text.replaceSubrange(start..<end, with: "***")
            }
        }
        return text
    }
}
