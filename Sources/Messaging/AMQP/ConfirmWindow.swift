/// What was published on a channel and not confirmed yet, by the numbers the broker counts with.
///
/// A channel's numbers start at 1; a new channel needs a new window.
struct ConfirmWindow<Item> {
    private var items: [UInt64: Item] = [:]
    private var last: UInt64 = 0
    /// No lower number is open.
    private var oldest: UInt64 = 1

    var count: Int { items.count }

    /// Takes note of the next message to be published.
    mutating func add(_ item: Item) {
        last += 1
        items[last] = item
    }

    /// Ends the number `tag`, and with `multiple` all before it. Numbers that are not open are ignored.
    mutating func end(_ tag: UInt64, multiple: Bool) -> [Item] {
        guard multiple else {
            guard let item = items.removeValue(forKey: tag) else { return [] }
            advance()
            return [item]
        }
        var ended: [Item] = []
        while oldest <= min(tag, last) {
            if let item = items.removeValue(forKey: oldest) { ended.append(item) }
            oldest += 1
        }
        return ended
    }

    /// Ends all, in the order of publishing: the channel is gone.
    mutating func endAll() -> [Item] {
        let all = items.sorted { $0.key < $1.key }.map(\.value)
        self = ConfirmWindow()
        return all
    }

    private mutating func advance() {
        while oldest <= last, items[oldest] == nil { oldest += 1 }
    }
}
