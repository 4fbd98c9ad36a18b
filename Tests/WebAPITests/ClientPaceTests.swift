import NIOCore
import Testing

@testable import WebAPI

struct ClientPaceTests {
    private var pace = ClientPace(
        limits: .init(request: .seconds(30), stall: .seconds(75), bodyRate: 512, linger: .seconds(5)))

    private func at(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(UInt64(1000 + seconds) * 1_000_000_000) }

    private mutating func expect(
        _ verdict: ClientPace.Verdict, at seconds: Int64, pending: Int, source: SourceLocation = #_sourceLocation
    ) {
        let found = pace.verdict(at: at(seconds), pending: pending)
        #expect(found == verdict, sourceLocation: source)
    }

    private mutating func expectPatience(at seconds: Int64, source: SourceLocation = #_sourceLocation) {
        let found = pace.verdict(at: at(seconds), pending: 0)
        #expect(found != .bodyTooSlow, sourceLocation: source)
    }

    @Test mutating func aHeadHasAFixedTimeHoweverItsBytesCome() {
        let begins = pace.bytesArrived(1, at: at(0))
        #expect(begins)
        for second in 1..<30 {
            let begins = pace.bytesArrived(1, at: at(Int64(second)))
            #expect(!begins)
            expect(.lookAgain(at(30)), at: Int64(second), pending: 0)
        }
        expect(.headTooSlow, at: 30, pending: 0)
    }

    @Test mutating func aConnectionWithNothingUnderWayNeedsNoTimer() {
        expect(.rest, at: 0, pending: 0)
        _ = pace.bytesArrived(100, at: at(0))
        pace.headArrived(isHeld: false)
        pace.requestArrived()
        expect(.lookAgain(at(76)), at: 1, pending: 0)
        pace.answerEnded()
        expect(.rest, at: 2, pending: 0)
    }

    /// A large upload may take hours, if it goes on.
    @Test mutating func aBodyEarnsTimeByItsBytes() {
        _ = pace.bytesArrived(100, at: at(0))
        pace.headArrived(isHeld: false)
        for second in 0..<3600 {
            pace.readBegan(at: at(Int64(second)))
            _ = pace.bytesArrived(512, at: at(Int64(second) + 1))
            expectPatience(at: Int64(second) + 1)
        }
        pace.readBegan(at: at(3600))
        expectPatience(at: 3629)
        expect(.bodyTooSlow, at: 3631, pending: 0)
    }

    /// The service that does not read is not the client's fault.
    @Test mutating func onlyTheTimeInWhichTheServiceWasReadyToReadCounts() {
        _ = pace.bytesArrived(100, at: at(0))
        pace.headArrived(isHeld: false)
        pace.readBegan(at: at(0))
        _ = pace.bytesArrived(10, at: at(1))
        expectPatience(at: 70)
        pace.readBegan(at: at(600))
        expectPatience(at: 620)
        expect(.bodyTooSlow, at: 630, pending: 0)
    }

    @Test mutating func aClientThatWaitsToBeToldIsNotWaitedFor() {
        _ = pace.bytesArrived(100, at: at(0))
        pace.headArrived(isHeld: true)
        pace.readBegan(at: at(0))
        expectPatience(at: 60)
        pace.answerBegan(at: at(60))
        expectPatience(at: 89)
        expect(.bodyTooSlow, at: 90, pending: 0)
    }

    @Test mutating func anAnswerEndsWhenNothingOfItIsTaken() {
        _ = pace.bytesArrived(100, at: at(0))
        pace.headArrived(isHeld: false)
        pace.requestArrived()
        pace.bytesWritten(1000)
        expect(.lookAgain(at(85)), at: 10, pending: 900)
        // A slow reader is still a reader.
        expect(.lookAgain(at(159)), at: 84, pending: 899)
        expect(.end, at: 159, pending: 899)
    }

    @Test mutating func aClosedConnectionLingersAWhile() {
        _ = pace.bytesArrived(100, at: at(0))
        pace.headArrived(isHeld: false)
        pace.requestArrived()
        pace.bytesWritten(1000)
        pace.answerEnded()
        pace.outputClosed(at: at(1))
        // Not while the answer is on its way.
        expect(.lookAgain(at(12)), at: 7, pending: 500)
        expect(.lookAgain(at(12)), at: 11, pending: 0)
        expect(.end, at: 12, pending: 0)
    }
}
