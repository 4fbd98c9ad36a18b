import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// A client's connection: Hummingbird's HTTP/1.1 channel, with our own answers to what is no request and
/// our own limits on how slow a client may be.
struct APIChannel: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    /// Answers a request of the connection from an address.
    typealias Answer = @Sendable (Request, consuming ResponseWriter, any Channel, String?) async throws -> Void

    let answer: Answer
    private(set) var responder: HTTPChannelHandler.Responder
    let idleTimeout: Duration
    let pace: ClientPace.Limits
    let decoder: NIOHTTPDecoderLimitConfiguration

    init(options: APIServerOptions, answer: @escaping Answer) {
        self.answer = answer
        responder = { try await answer($0, $1, $2, nil) }
        idleTimeout = options.idleTimeout
        let request = TimeAmount(options.requestTimeout)
        pace = ClientPace.Limits(
            request: request, stall: TimeAmount(options.idleTimeout), linger: min(request, .seconds(5)))
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = options.maxHeader
        limits.maxHeaderListSize = options.maxHeader
        limits.maxHeaderFieldCount = 200
        decoder = limits
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let pace = ClientPaceHandler(limits: pace)
            try pipeline.addHandler(pace)
            // NIOAsyncChannel does the pipelining, RequestDefectHandler the errors, HTTPFields the validation.
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
                withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoder)
            try pipeline.addHandler(FileWriteHandler())
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try pipeline.addHandler(RequestDefectHandler(pace: pace))
            try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger))
            // Parts that wait for who reads them: each holds the 64 KiB that it was read into.
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(
                    backPressureStrategy: .init(lowWatermark: 2, highWatermark: 4), isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value: Value, logger: Logger) async {
        var connection = self
        // The same for all requests of the connection, and not free to find out.
        let address = value.channel.remoteAddress?.ipAddress
        connection.responder = { [answer] in try await answer($0, $1, $2, address) }
        await withTaskExecutorPreference(LoopExecutor.of(value.channel.eventLoop)) {
            await connection.handleHTTP(asyncChannel: value, logger: logger)
        }
    }
}
