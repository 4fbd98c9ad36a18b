/// What an OVSDB server, or the way to it, can answer with.
public enum OVSDBError: Error, Sendable, Hashable {
    /// No session with the database now; the same request may succeed later.
    case notConnected(String)
    /// The server sent what RFC 7047 does not allow; the session is closed.
    case malformed(String)
    /// The server refused a request as a whole.
    case refused(String, details: String?)
    /// An operation of a transaction failed, so that none took effect. `error` is RFC 7047's name, such as
    /// `constraint violation` or `timed out` (a `wait` that did not hold).
    case operation(index: Int, error: String, details: String?)
    /// No answer within the deadline: the transaction may have taken effect or not.
    case timeout
}
