/// The deliveries of a channel that are in work, by the broker's numbers. As many as the subscriptions' prefetch.
///
/// What has been done since the last look is acknowledged with as few messages as may be: one acknowledgement
/// speaks for all lower numbers, if none of them is in work any more.
struct UnsettledTags {
    private var tags: Set<UInt64> = []

    mutating func add(_ tag: UInt64) { tags.insert(tag) }

    mutating func remove(_ tag: UInt64) { tags.remove(tag) }

    /// The acknowledgements for `done`, whose numbers were removed before, in ascending order.
    func acknowledgements(_ done: [UInt64]) -> [(tag: UInt64, multiple: Bool)] {
        guard done.count > 1 else { return done.map { ($0, false) } }
        let limit = tags.min() ?? .max
        let done = done.sorted()
        let together = done.prefix { $0 < limit }
        let alone = done.dropFirst(together.count).map { (tag: $0, multiple: false) }
        guard let last = together.last else { return alone }
        return [(last, together.count > 1)] + alone
    }
}
