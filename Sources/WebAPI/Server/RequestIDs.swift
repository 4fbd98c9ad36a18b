import Core

/// Request ids as OpenStack writes them.
enum RequestIDs {
    /// `req-` and a UUID: anything else a client sends is dropped, since ids end up in logs.
    static func isValid(_ text: String) -> Bool {
        text.utf8.count == 40 && text.hasPrefix("req-") && isUUIDLike(String(text.dropFirst(4)))
    }
}
