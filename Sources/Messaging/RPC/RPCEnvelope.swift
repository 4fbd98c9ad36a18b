import Core
import FoundationEssentials

/// A message's body on the wire: who asks, and what.
struct RPCEnvelope<Message: Codable & Sendable>: Codable, Sendable {
    var context: RequestContext
    var message: Message
}

/// A call's answer on the wire: exactly one of the two is there.
struct RPCAnswer<Reply: Codable & Sendable>: Codable, Sendable {
    var reply: Reply?
    var error: RPCFailure?
}

/// An error on its way between daemons. Its cause stays where it arose and is logged there.
struct RPCFailure: Codable, Sendable, Hashable {
    var code: String
    var message: String
    var detail: String?

    init(code: String, message: String, detail: String? = nil) {
        self.code = code
        self.message = message
        self.detail = detail
    }

    /// Anything that is no `ServiceError` is an internal error whose text users never see.
    init(_ error: any Error) {
        if let error = error as? ServiceError {
            self.init(code: error.code.name, message: error.message, detail: error.detail)
        } else {
            self.init(
                code: ServiceError.Code.internal.name, message: "An unexpected error occurred.",
                detail: String(reflecting: error))
        }
    }

    var serviceError: ServiceError {
        ServiceError(ServiceError.Code(name: code) ?? .internal, message, detail: detail)
    }
}

/// Encodes and decodes bodies; the only place that knows they are JSON.
enum RPCCoding {
    static func encode<Value: Encodable>(_ value: Value) throws -> [UInt8] {
        do {
            return Array(try JSONEncoder().encode(value))
        } catch {
            throw ServiceError(.internal, "The message could not be written.", cause: error)
        }
    }

    static func decode<Value: Decodable>(_: Value.Type, from bytes: [UInt8]) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw ServiceError(.badRequest, "The message could not be read.", cause: error)
        }
    }
}
