import Core
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

/// One request on its connection, before anything is known about it.
final class Exchange: Sendable {
    let method: HTTPRequest.Method
    /// Path and query as sent.
    let target: String
    let authority: String?
    let headers: HTTPFields
    let body: RequestBody
    let remoteAddress: String?
    let isSecure: Bool
    let started: ContinuousClock.Instant
    let cost: RequestCost
    /// Tells the client to send the body it announced with `Expect: 100-continue`.
    let proceed: @Sendable () async throws -> Void
    /// Writes bytes of an open file to the client; nil where the connection takes bytes in memory only.
    let sendFile: ResponseBodySink.FileSender?

    /// - Parameters:
    ///   - remoteAddress: the connection's, as text.
    ///   - sendsFiles: whether the kernel may write to the connection what it reads from files.
    init(_ request: Request, _ channel: any Channel, remoteAddress: String?, sendsFiles: Bool) {
        method = request.method
        target = request.head.path ?? "/"
        authority = request.head.authority ?? request.headers[HTTPField.Name.known("Host")]
        headers = request.headers
        body = request.body
        self.remoteAddress = remoteAddress
        contentLength = request.headers.value(.contentLength).flatMap { Int($0) }
        isSecure = request.head.scheme == "https"
        started = .now
        cost = RequestCost()
        if sendsFiles {
            sendFile = { descriptor, range in
                try await channel.triggerUserOutboundEvent(FilePiece(descriptor: descriptor, range: range)).get()
            }
        } else {
            sendFile = nil
        }
        if request.headers.expectsContinue {
            proceed = {
                try await channel.writeAndFlush(
                    HTTPResponsePart.head(HTTPResponse(status: .continue))
                ).get()
            }
        } else {
            proceed = {}
        }
    }

    /// For tests, which have no connection.
    init(
        method: HTTPRequest.Method, target: String, authority: String? = "cloud.test", headers: HTTPFields = [:],
        body: ByteBuffer = ByteBuffer(), remoteAddress: String? = "192.0.2.1", cost: RequestCost = RequestCost()
    ) {
        self.method = method
        self.target = target
        self.authority = authority
        self.headers = headers
        self.body = RequestBody(buffer: body)
        self.remoteAddress = remoteAddress
        contentLength = headers.value(.contentLength).flatMap { Int($0) }
        isSecure = false
        started = .now
        self.cost = cost
        sendFile = nil
        proceed = {}
    }

    /// Bytes announced, when they are.
    let contentLength: Int?

    /// Whether a body may follow.
    var hasBody: Bool { (contentLength ?? 0) > 0 || headers.value(.transferEncoding) != nil }
}
