import Core
import WebAPI

/// One request and what may come of it.
struct FuzzCase: Sendable {
    enum Expectation: Sendable {
        /// Any answer that blames the client, or none.
        case answered
        /// Not a success.
        case refused
        /// 401 only.
        case unauthorized
        /// What the service says is its own affair, as long as it goes on.
        case survives
    }

    let index: Int
    let route: Route
    /// Whose token: `attacker`, `administrator`, or none.
    var sender: String
    var request: WireRequest
    var expectation = Expectation.answered
    /// What was done to a valid request.
    var mutations: [String] = []
    /// Bytes that replace the request's own, for what is no HTTP.
    var wire: [WireStep]?
    var responses = 1
    /// The victim's ids that the request names itself: an answer may repeat them.
    var named: Set<String> = []
}
