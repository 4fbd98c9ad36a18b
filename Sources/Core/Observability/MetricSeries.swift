/// One metric with one combination of labels. Who counts often keeps it: looking it up costs more than counting.
public final class MetricSeries: Sendable {
    struct Reading {
        var value = 0.0
        var count = 0
        var buckets: [Int]
    }

    private let bounds: [Double]
    private let state: Locked<Reading>

    /// - Parameter bounds: a histogram's upper bounds; empty for a counter or a gauge.
    init(bounds: [Double]) {
        self.bounds = bounds
        state = Locked(Reading(buckets: [Int](repeating: 0, count: bounds.count)))
    }

    var reading: Reading { state.withLock { $0 } }

    public func add(_ amount: Double) { state.withLock { $0.value += amount } }

    func set(_ value: Double) { state.withLock { $0.value = value } }

    /// Counts an observation of a histogram.
    public func observe(_ seconds: Double) {
        let bucket = bounds.firstIndex { seconds <= $0 }
        state.withLock { reading in
            reading.value += seconds
            reading.count += 1
            if let bucket { reading.buckets[bucket] += 1 }
        }
    }
}
