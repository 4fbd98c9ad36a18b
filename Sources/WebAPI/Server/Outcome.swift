import Core
import HTTPTypes
import HummingbirdCore

/// What is sent, and what the log and the metrics say of it.
struct Outcome: Sendable {
    var head: HTTPResponse
    var body: ResponseBody
    var context: RequestContext
    /// The operation's name and route, for metrics; never the path, which has no bound.
    var operation: String
    var version: Microversion?
    var error: (any Error)?
    /// The route's pattern with its mount, and what stood in its places: for the request's story.
    var pattern: String?
    var values: [String] = []
    var action: String?
}
