import Testing

@testable import Messaging

struct UnsettledTagsTests {
    private func settle(_ done: [UInt64], of tags: ClosedRange<UInt64>) -> [String] {
        var unsettled = UnsettledTags()
        for tag in tags { unsettled.add(tag) }
        for tag in done { unsettled.remove(tag) }
        return unsettled.acknowledgements(done).map { "\($0.tag)\($0.multiple ? " and lower" : "")" }
    }

    @Test func oneAcknowledgementSpeaksForAllThatAreDone() {
        #expect(settle([3, 1, 2], of: 1...5) == ["3 and lower"])
        #expect(settle([1, 2, 3, 4, 5], of: 1...5) == ["5 and lower"])
    }

    @Test func whatIsStillInWorkIsNeverAcknowledged() {
        #expect(settle([1, 2, 4, 5], of: 1...5) == ["2 and lower", "4", "5"])
        #expect(settle([2, 3], of: 1...3) == ["2", "3"])
        #expect(settle([1, 3], of: 1...3) == ["1", "3"])
    }

    @Test func oneOrNoneNeedsNoThought() {
        #expect(settle([4], of: 1...5) == ["4"])
        #expect(settle([], of: 1...5) == [])
    }
}
