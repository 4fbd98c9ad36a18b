import NIOCore

/// Ends connections whose clients are too slow, so that nobody can hold them all by saying a little now
/// and then. The rules are `ClientPace`'s.
///
/// Sits before the HTTP decoder, where bytes are seen that make no request yet. One timer a connection,
/// set when a request begins and left alone until it fires: most requests cost none.
final class ClientPaceHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private var pace: ClientPace
    private var context: ChannelHandlerContext?
    private var timer: (task: Scheduled<Void>, deadline: NIODeadline)?

    init(limits: ClientPace.Limits) { pace = ClientPace(limits: limits) }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        stop()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = context.eventLoop.now
        if pace.bytesArrived(unwrapInboundIn(data).readableBytes, at: now) {
            look(by: now + pace.limits.request, context)
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        if pace.isInBody { pace.readBegan(at: context.eventLoop.now) }
        context.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        pace.bytesWritten(unwrapOutboundIn(data).readableBytes)
        context.write(data, promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output {
            let now = context.eventLoop.now
            pace.outputClosed(at: now)
            look(by: now + pace.limits.linger, context)
        }
        context.close(mode: mode, promise: promise)
    }

    // MARK: What the decoded side sees

    func headArrived(isHeld: Bool) { pace.headArrived(isHeld: isHeld) }
    func requestArrived() { pace.requestArrived() }
    func requestRefused() { pace.requestRefused() }
    func answerEnded() { pace.answerEnded() }
    func answerBegan() {
        if pace.isInBody, let context { pace.answerBegan(at: context.eventLoop.now) }
    }

    // MARK: The timer

    private func stop() {
        timer?.task.cancel()
        timer = nil
    }

    /// Sees to it that the client is judged at `deadline`, or before.
    private func look(by deadline: NIODeadline, _ context: ChannelHandlerContext) {
        if let timer {
            guard deadline < timer.deadline else { return }
            stop()
        }
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.timer = nil
            self.judge()
        }
        timer = (task, deadline)
    }

    private func judge() {
        guard let context, context.channel.isActive else { return }
        switch pace.verdict(at: context.eventLoop.now, pending: pending(context)) {
        case .rest: break
        case .lookAgain(let deadline): look(by: deadline, context)
        case .headTooSlow: refuse(.headTooSlow, context)
        case .bodyTooSlow: refuse(.bodyTooSlow, context)
        case .end: context.close(promise: nil)
        }
    }

    private func refuse(_ defect: RequestDefect, _ context: ChannelHandlerContext) {
        context.fireErrorCaught(defect)
        // The answer is to be taken in time too.
        look(by: context.eventLoop.now + pace.limits.stall, context)
    }

    private func pending(_ context: ChannelHandlerContext) -> Int {
        // A channel that cannot say is one without a socket, where nothing stalls.
        do { return try context.channel.syncOptions?.getOption(.bufferedWritableBytes) ?? 0 } catch { return 0 }
    }
}
