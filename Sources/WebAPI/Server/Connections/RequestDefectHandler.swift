import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Puts a defect in the place of the request that could not be read, and ignores all that follows it.
///
/// Without it the parser's errors end the connection, or are answered by an empty 400 that has neither
/// the service's format nor a request id. It also tells the connection's pace where requests begin and end.
final class RequestDefectHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let pace: ClientPaceHandler
    private var isInBody = false
    /// Whether the rest of what the client sends has no meaning any more.
    private var isBroken = false

    init(pace: ClientPaceHandler) { self.pace = pace }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isBroken else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            isInBody = true
            pace.headArrived(isHeld: head.headerFields.expectsContinue)
        case .body: break
        case .end:
            isInBody = false
            pace.requestArrived()
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The decoder reports every further byte as an error.
        guard !isBroken else { return }
        switch error {
        case let error as HTTPParserError: refuse(isInBody ? .bodyMalformed : RequestDefect(error), context)
        case let defect as RequestDefect: refuse(defect, context)
        default: context.fireErrorCaught(error)
        }
    }

    private func refuse(_ defect: RequestDefect, _ context: ChannelHandlerContext) {
        isBroken = true
        pace.requestRefused()
        if isInBody {
            // Whoever reads the body learns of it; a body that nobody reads ends the connection.
            context.fireErrorCaught(defect)
            return
        }
        context.fireChannelRead(wrapInboundOut(.head(defect.request)))
        context.fireChannelRead(wrapInboundOut(.end(nil)))
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head: pace.answerBegan()
        case .body: break
        case .end: pace.answerEnded()
        }
        context.write(data, promise: promise)
    }
}
