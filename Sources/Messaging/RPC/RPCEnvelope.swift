import Core

/// A message's body on the wire: who asks, and what.
struct RPCEnvelope<Message: Codable & Sendable>: Sendable {
    var context: RequestContext
    var message: Message
}

/// A call's answer on the wire: exactly one of the two is there.
struct RPCAnswer<Reply: Codable & Sendable>: Sendable {
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
    static func encode<Message>(_ envelope: RPCEnvelope<Message>) throws -> [UInt8] {
        try write { writer, place in
            try writer.member(place, "context")
            try envelope.context.write(to: writer)
            try writer.member(place, "message")
            try writer.write(envelope.message)
        }
    }

    static func encode<Reply>(_ answer: RPCAnswer<Reply>) throws -> [UInt8] {
        try write { writer, place in
            if let reply = answer.reply {
                try writer.member(place, "reply")
                try writer.write(reply)
            }
            if let error = answer.error {
                try writer.member(place, "error")
                try writer.write(error)
            }
        }
    }

    static func decode<Message>(_: RPCEnvelope<Message>.Type, from bytes: [UInt8]) throws -> RPCEnvelope<Message> {
        do {
            let document = try document(bytes)
            return RPCEnvelope(
                context: try RequestContext(document, try document.required("context", of: 0)),
                message: try Message(from: BodyDecoder(document, try document.required("message", of: 0))))
        } catch {
            throw unreadable(error)
        }
    }

    static func decode<Reply>(_: RPCAnswer<Reply>.Type, from bytes: [UInt8]) throws -> RPCAnswer<Reply> {
        do {
            let document = try document(bytes)
            var answer = RPCAnswer<Reply>()
            if let node = document.present("reply", of: 0) {
                answer.reply = try Reply(from: BodyDecoder(document, node))
            }
            if let node = document.present("error", of: 0) {
                answer.error = try RPCFailure(from: BodyDecoder(document, node))
            }
            return answer
        } catch {
            throw unreadable(error)
        }
    }

    private static func write(_ body: (BodyWriter, BodyWriter.Place) throws -> Void) throws -> [UInt8] {
        do {
            let writer = BodyWriter()
            try body(writer, writer.container(.object, at: 0))
            writer.close(to: 0)
            return writer.bytes
        } catch {
            throw ServiceError(.internal, "The message could not be written.", cause: error)
        }
    }

    private static func document(_ bytes: [UInt8]) throws -> BodyDocument {
        let document = try BodyDocument(bytes)
        guard document.nodes[0].kind == .object else { throw document.mismatch([String: Any].self, 0) }
        return document
    }

    private static func unreadable(_ error: any Error) -> ServiceError {
        ServiceError(.badRequest, "The message could not be read.", cause: error)
    }
}
