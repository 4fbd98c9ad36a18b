public import Core
public import HTTPTypes
public import NIOCore

/// What a handler answers. Without a status it is the operation's own.
public struct APIResponse: Sendable {
    public var status: HTTPResponse.Status?
    public var headers: HTTPFields
    var body: Body

    enum Body: Sendable {
        case empty
        case bytes([UInt8])
        case buffer(ByteBuffer)
        case stream(length: Int?, @Sendable (ResponseBodySink) async throws -> Void)
    }

    init(status: HTTPResponse.Status?, headers: HTTPFields, body: Body) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// JSON written straight to bytes.
    public static func json(
        _ status: HTTPResponse.Status? = nil, headers: HTTPFields = [:], _ write: (inout JSONWriter) throws -> Void
    ) rethrows -> APIResponse {
        var writer = JSONWriter()
        try write(&writer)
        return bytes(writer.bytes, contentType: "application/json", status: status, headers: headers)
    }

    public static func json(
        _ value: JSONValue, status: HTTPResponse.Status? = nil, headers: HTTPFields = [:]
    ) -> APIResponse {
        json(status, headers: headers) { $0.write(value) }
    }

    /// No body.
    public static func empty(_ status: HTTPResponse.Status? = nil, headers: HTTPFields = [:]) -> APIResponse {
        APIResponse(status: status, headers: headers, body: .empty)
    }

    public static func bytes(
        _ bytes: [UInt8], contentType: String, status: HTTPResponse.Status? = nil, headers: HTTPFields = [:]
    ) -> APIResponse {
        var headers = headers
        headers.addUnlessThere(.contentType, contentType)
        return APIResponse(status: status, headers: headers, body: .bytes(bytes))
    }

    public static func text(
        _ text: String, contentType: String = "text/plain; charset=utf-8", status: HTTPResponse.Status? = nil,
        headers: HTTPFields = [:]
    ) -> APIResponse {
        bytes(Array(text.utf8), contentType: contentType, status: status, headers: headers)
    }

    /// A body written piece by piece; each `write` waits until the client takes it.
    ///
    /// An error after the first byte cuts the connection, which is how the client learns of it.
    public static func stream(
        contentType: String, length: Int?, status: HTTPResponse.Status? = nil, headers: HTTPFields = [:],
        _ write: @escaping @Sendable (ResponseBodySink) async throws -> Void
    ) -> APIResponse {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = contentType }
        return APIResponse(status: status, headers: headers, body: .stream(length: length, write))
    }

    /// Bytes held in memory, when the body is not a stream: for tests.
    public var bodyBytes: [UInt8]? {
        switch body {
        case .empty: []
        case .bytes(let bytes): bytes
        case .buffer(let buffer): Array(buffer.readableBytesView)
        case .stream: nil
        }
    }
}

/// Where a streamed response body goes.
public struct ResponseBodySink: Sendable {
    /// Writes a range of an open file.
    typealias FileSender = @Sendable (Int32, Range<Int64>) async throws -> Void

    private let send: @Sendable (ByteBuffer) async throws -> Void
    private let sendFile: FileSender?

    public init(_ send: @escaping @Sendable (ByteBuffer) async throws -> Void) {
        self.init(send, file: nil)
    }

    init(_ send: @escaping @Sendable (ByteBuffer) async throws -> Void, file: FileSender?) {
        self.send = send
        sendFile = file
    }

    public func write(_ buffer: ByteBuffer) async throws { try await send(buffer) }

    /// Whether `write(file:range:)` can be used: not under TLS, nor where there is no connection.
    public var takesFiles: Bool { sendFile != nil }

    /// Writes a range of an open file, which must be that long and stay open until this returns.
    ///
    /// The connection's thread reads it: what is not in the kernel's cache yet would keep other connections waiting.
    public func write(file descriptor: Int32, range: Range<Int64>) async throws {
        guard let sendFile else { throw ServiceError(.internal, "This connection takes no files.") }
        try await sendFile(descriptor, range)
    }
}
