/// What a call into librabbitmq failed with.
struct AMQPFailure: Error, CustomStringConvertible {
    /// The broker's reply code (404, 406, 320…); 0 for a lost connection.
    var code: Int
    var text: String
    /// Whether the connection is of no use any more.
    var isFatal: Bool

    static let notFound = 404
    static let noRoute = 312

    var description: String { code == 0 ? text : "\(code) \(text)" }
}
