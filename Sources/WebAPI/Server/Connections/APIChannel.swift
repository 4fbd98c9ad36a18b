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

    let responder: HTTPChannelHandler.Responder
    let idleTimeout: Duration
    let pace: ClientPace.Limits
    let decoder: NIOHTTPDecoderLimitConfiguration

    init(options: APIServerOptions, responder: @escaping HTTPChannelHandler.Responder) {
        self.responder = responder
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
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try pipeline.addHandler(RequestDefectHandler(pace: pace))
            try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }
}
