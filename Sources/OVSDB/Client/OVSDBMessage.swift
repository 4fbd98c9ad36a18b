import Core

/// A JSON-RPC 1.0 message from the server.
enum OVSDBMessage {
    /// A request or, where `id` is null, a notification.
    case request(method: String, parameters: JSONValue, id: JSONValue)
    case reply(id: Int?, result: JSONValue, error: JSONValue?)

    init(_ bytes: [UInt8]) throws {
        let json = try JSONValue.parse(bytes, limits: JSONLimits(size: bytes.count))
        if let method = json["method"]?.string {
            self = .request(method: method, parameters: json["params"] ?? .array([]), id: json["id"] ?? .null)
        } else if json["id"] != nil {
            let error = json["error"] ?? .null
            self = .reply(
                id: json["id"]?.int, result: json["result"] ?? .null, error: error.isNull ? Optional.none : error)
        } else {
            throw OVSDBError.malformed("a message is neither request nor reply")
        }
    }
}
