import NIOCore

/// How long a client may keep a connection: the rules, without the connection.
///
/// A head has a fixed time from its first byte. A body has that time and a second more for each
/// `bodyRate` bytes, counting only the time in which the service was ready to read. An answer ends when
/// the client has taken none of it for `stall`. The time between requests is the idle timeout's affair.
struct ClientPace {
    struct Limits {
        var request: TimeAmount
        var stall: TimeAmount
        /// Bytes a second.
        var bodyRate = 512
        /// How long a client may take to close its side when the service has closed its own.
        var linger: TimeAmount
    }

    enum Verdict: Equatable {
        /// Nothing is under way.
        case rest
        case lookAgain(NIODeadline)
        case headTooSlow
        case bodyTooSlow
        /// Ends the connection without a word.
        case end
    }

    private enum Reading {
        case between
        case head(since: NIODeadline)
        case body(Body)
        case refused
    }

    private struct Body {
        var received = 0
        var waited = TimeAmount.zero
        var waitingSince: NIODeadline?
        /// The client waits for `100 Continue`, so nobody waits for the client.
        var isHeld: Bool
    }

    let limits: Limits
    private var reading = Reading.between
    private var answers = 0
    private var written = 0
    private var taken = 0
    private var takenAt = NIODeadline.uptimeNanoseconds(0)
    private var closedAt: NIODeadline?

    init(limits: Limits) { self.limits = limits }

    // MARK: What the client does

    /// - Returns: whether a request has begun with these bytes.
    mutating func bytesArrived(_ count: Int, at now: NIODeadline) -> Bool {
        switch reading {
        case .between:
            reading = .head(since: now)
            if answers == 0 { takenAt = now }
            return true
        case .body(var body):
            body.received += count
            if let since = body.waitingSince, !body.isHeld { body.waited = body.waited + (now - since) }
            body.waitingSince = nil
            reading = .body(body)
        case .head, .refused: break
        }
        return false
    }

    mutating func headArrived(isHeld: Bool) {
        reading = .body(Body(isHeld: isHeld))
        answers += 1
    }

    mutating func requestArrived() { reading = .between }

    /// A defect is answered too, but what comes after it is not looked at.
    mutating func requestRefused() {
        if case .body = reading {} else { answers += 1 }
        reading = .refused
    }

    // MARK: What the service does

    var isInBody: Bool { if case .body = reading { true } else { false } }

    mutating func readBegan(at now: NIODeadline) {
        guard case .body(var body) = reading, body.waitingSince == nil else { return }
        body.waitingSince = now
        reading = .body(body)
    }

    /// The client is told to go on, or is being answered and may as well.
    mutating func answerBegan(at now: NIODeadline) {
        guard case .body(var body) = reading, body.isHeld else { return }
        body.isHeld = false
        if body.waitingSince != nil { body.waitingSince = now }
        reading = .body(body)
    }

    mutating func answerEnded() { answers -= 1 }

    mutating func bytesWritten(_ count: Int) { written += count }

    /// No more will be written; what has been may still be on its way.
    mutating func outputClosed(at now: NIODeadline) { closedAt = now }

    // MARK: Judgement

    /// - Parameter pending: bytes written that the client's side has not taken.
    mutating func verdict(at now: NIODeadline, pending: Int) -> Verdict {
        var next: NIODeadline?
        func look(at time: NIODeadline) { next = min(next ?? time, time) }
        if pending == 0 || written - pending != taken {
            taken = written - pending
            takenAt = now
        } else if now >= takenAt + limits.stall {
            return .end
        }
        if answers > 0 || pending > 0 { look(at: takenAt + limits.stall) }
        if let since = closedAt {
            if pending > 0 {
                closedAt = now
            } else if now >= since + limits.linger {
                return .end
            }
            look(at: (closedAt ?? now) + limits.linger)
        }
        switch reading {
        case .between, .refused: break
        case .head(let since):
            if now >= since + limits.request { return .headTooSlow }
            look(at: since + limits.request)
        case .body(let body):
            let left = left(body, now)
            if left <= .zero { return .bodyTooSlow }
            look(at: now + max(left, .milliseconds(10)))
        }
        return next.map { .lookAgain($0) } ?? .rest
    }

    private func left(_ body: Body, _ now: NIODeadline) -> TimeAmount {
        var waited = body.waited
        if let since = body.waitingSince, !body.isHeld { waited = waited + (now - since) }
        let earned = TimeAmount.milliseconds(Int64(body.received) * 1000 / Int64(limits.bodyRate))
        return limits.request + earned - waited
    }
}
