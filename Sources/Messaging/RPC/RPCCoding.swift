import Core

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
///
/// A message is `{"context": …, "message": …}`, an answer either `{"reply": …}` or `{"error": …}`.
enum RPCCoding {
    static func encode(_ context: RequestContext, _ message: some Encodable) throws -> [UInt8] {
        try write { writer, place in
            try writer.member(place, "context")
            try context.write(to: writer)
            try writer.member(place, "message")
            try writer.write(message)
        }
    }

    static func encode(reply: some Encodable) throws -> [UInt8] {
        try write { writer, place in
            try writer.member(place, "reply")
            try writer.write(reply)
        }
    }

    static func encode(_ failure: RPCFailure) throws -> [UInt8] {
        try write { writer, place in
            try writer.member(place, "error")
            try writer.write(failure)
        }
    }

    static func decode<Message: Decodable>(
        _: Message.Type, from bytes: [UInt8]
    ) throws -> (context: RequestContext, message: Message) {
        do {
            let document = try document(bytes)
            return (
                try RequestContext(document, try document.required("context", of: 0)),
                try Message(from: BodyDecoder(document, try document.required("message", of: 0)))
            )
        } catch {
            throw unreadable(error)
        }
    }

    /// - Parameter source: whose answer to what it is, for the error.
    /// - Throws: the `ServiceError` that the answer holds; one of its own where it holds nothing that can be read.
    static func decode<Reply: Decodable>(
        reply _: Reply.Type, from bytes: [UInt8], of source: @autoclosure () -> String
    ) throws -> Reply {
        let failure: RPCFailure?
        do {
            let document = try document(bytes)
            if let node = document.present("reply", of: 0) { return try Reply(from: BodyDecoder(document, node)) }
            failure = try document.present("error", of: 0).map { try RPCFailure(from: BodyDecoder(document, $0)) }
        } catch {
            throw unreadable(error)
        }
        throw failure?.serviceError ?? ServiceError(.internal, "The answer is empty.", detail: source())
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
