import Core
import HTTPTypes
import NIOCore

/// Turns a request's bytes into a JSON value, or says why not.
enum BodyParser {
    static func parse(
        _ exchange: Exchange, _ stream: RequestBodyStream, contentTypes: [String], limit: Int
    ) async throws -> JSONValue {
        guard exchange.hasBody else { return .null }
        if let type = mediaType(exchange.headers.value(.contentType)), !contentTypes.contains(type) {
            // What is no JSON by its own account is looked at only if an operation takes it.
            throw ServiceError(.unsupportedMediaType, "Unsupported Content-Type: \(type)")
        }
        let buffer = try await stream.collect(upTo: limit)
        guard buffer.readableBytes > 0 else { return .null }
        do {
            return try JSONValue.parse(buffer.readableBytesView)
        } catch {
            throw ServiceError(.badRequest, "Malformed request body: \(error)", cause: error)
        }
    }

    /// The header's type without parameters, in lower case.
    static func mediaType(_ header: String?) -> String? {
        guard let first = header?.split(separator: ";").first else { return nil }
        let type = first.trimmingSpaces().lowercased()
        return type.isEmpty ? nil : type
    }
}
