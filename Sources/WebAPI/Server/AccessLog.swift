import Core
import HTTPTypes
import Logging

/// One line per request: who, what, how it ended, how long it took. Errors that are the service's
/// own are logged with their whole chain; a client's mistakes only as their status.
struct AccessLog: Sendable {
    let logger: Logger

    func write(_ exchange: Exchange, _ outcome: Outcome, _ duration: Duration, failure: (any Error)?) {
        let status = outcome.head.status.code
        var metadata = Logger.Metadata(minimumCapacity: 16)
        metadata[LogKey.method] = .string(exchange.method.rawValue)
        metadata[LogKey.path] = .string(Self.printable(exchange.target))
        metadata[LogKey.status] = .string(String(status))
        metadata[LogKey.milliseconds] = .string(String(duration.milliseconds))
        metadata.name(outcome.context)
        let cost = exchange.cost
        if cost.queries > 0 { metadata[LogKey.queries] = .string(String(cost.queries)) }
        if cost.calls > 0 { metadata[LogKey.calls] = .string(String(cost.calls)) }
        if let length = outcome.head.headerFields[.contentLength] { metadata["bytes"] = .string(length) }
        if let address = outcome.context.remoteAddress { metadata["client"] = .string(address) }
        if let version = outcome.version { metadata["microversion"] = .string(version.description) }
        if let failure { metadata["interrupted"] = "\(describeError(failure))" }
        if status >= 500, let error = outcome.error {
            metadata[LogKey.error] = "\(describeError(error))"
            logger.error("Request failed", metadata: metadata)
        } else {
            logger.info("Request", metadata: metadata)
        }
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
