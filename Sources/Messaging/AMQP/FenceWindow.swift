/// What was published without confirmation since the last fence that the broker answered, in order.
///
/// A fence is a question on the same channel: its answer tells that the broker has looked at all before it. One is
/// out at a time; the next is due when enough messages, or enough time, have come since.
struct FenceWindow<Item> {
    private static var messages: Int { 256 }
    private static var pause: Duration { .milliseconds(100) }

    private var items: [Item] = []
    /// How many of them lie before the fence that is out.
    private var fenced: Int?
    private var lastFence: ContinuousClock.Instant?

    var count: Int { items.count }

    mutating func add(_ item: Item) { items.append(item) }

    /// - Returns: whether a fence is due; then it counts as sent.
    mutating func fence(_ now: ContinuousClock.Instant) -> Bool {
        guard fenced == nil, !items.isEmpty else { return false }
        if let lastFence, items.count < Self.messages, now - lastFence < Self.pause { return false }
        fenced = items.count
        lastFence = now
        return true
    }

    /// The fence was answered.
    /// - Returns: what it spoke for.
    mutating func endFenced() -> [Item] {
        let ended = Array(items.prefix(fenced ?? 0))
        items.removeFirst(ended.count)
        fenced = nil
        return ended
    }

    /// Takes out the first that matches: the broker gave it back.
    mutating func remove(where matches: (Item) -> Bool) -> Item? {
        guard let index = items.firstIndex(where: matches) else { return nil }
        if let fenced, index < fenced { self.fenced = fenced - 1 }
        return items.remove(at: index)
    }

    /// Takes out all, in the order of publishing: the channel is gone.
    mutating func endAll() -> [Item] {
        let all = items
        self = FenceWindow()
        return all
    }
}
