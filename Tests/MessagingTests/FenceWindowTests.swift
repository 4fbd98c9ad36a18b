import Testing

@testable import Messaging

/// Expectations may not call what changes a value.
private final class Window {
    private var value = FenceWindow<Int>()

    var count: Int { value.count }
    func add(_ number: Int) { value.add(number) }
    func fence(_ now: ContinuousClock.Instant) -> Bool { value.fence(now) }
    func endFenced() -> [Int] { value.endFenced() }
    func remove(where matches: (Int) -> Bool) -> Int? { value.remove(where: matches) }
    func endAll() -> [Int] { value.endAll() }
}

@Suite struct FenceWindowTests {
    private let start = ContinuousClock.now

    @Test func aFenceSpeaksForWhatLiesBeforeIt() {
        let window = Window()
        for number in 1...3 { window.add(number) }
        #expect(window.fence(start))
        window.add(4)
        #expect(window.endFenced() == [1, 2, 3])
        #expect(window.count == 1)
        #expect(window.endFenced() == [], "an answer to no fence")
    }

    @Test func oneFenceIsOutAtATime() {
        let window = Window()
        #expect(!window.fence(start), "there is nothing to ask about")
        window.add(1)
        #expect(window.fence(start))
        for number in 2...1000 { window.add(number) }
        #expect(!window.fence(start + .seconds(10)))
        _ = window.endFenced()
        #expect(window.fence(start))
    }

    @Test func theNextFenceWaitsForTimeOrForEnoughMessages() {
        let window = Window()
        window.add(1)
        #expect(window.fence(start))
        _ = window.endFenced()
        window.add(2)
        #expect(!window.fence(start + .milliseconds(99)))
        #expect(window.fence(start + .milliseconds(100)))
        _ = window.endFenced()
        for number in 3..<(3 + 255) { window.add(number) }
        #expect(!window.fence(start + .milliseconds(101)))
        window.add(0)
        #expect(window.fence(start + .milliseconds(101)))
    }

    @Test func whatTheBrokerGivesBackIsNotSpokenFor() {
        let window = Window()
        for number in 1...3 { window.add(number) }
        #expect(window.fence(start))
        window.add(4)
        #expect(window.remove { $0 == 2 } == 2)
        #expect(window.remove { $0 == 4 } == 4)
        #expect(window.remove { $0 == 5 } == nil)
        #expect(window.endFenced() == [1, 3])
        #expect(window.count == 0)
    }

    @Test func aLostChannelGivesAllBackAndTakesItsFenceWithIt() {
        let window = Window()
        for number in 1...3 { window.add(number) }
        #expect(window.fence(start))
        window.add(4)
        #expect(window.endAll() == [1, 2, 3, 4])
        window.add(5)
        #expect(window.fence(start), "the new channel's first fence waits for nothing")
    }
}
