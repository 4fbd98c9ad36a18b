/// One metric with all its label combinations.
final class MetricFamily: Sendable {
    enum Kind: String { case counter, gauge, histogram }

    private let name: String
    private let kind: Kind
    private let help: String
    private let labels: [String]
    private let buckets: [Double]
    private let series = Locked<[[String]: MetricSeries]>([:])

    init(name: String, kind: Kind, help: String, labels: [String], buckets: [Double]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        self.buckets = buckets
    }

    func value(_ labels: [String]) -> Double { series.withLock { $0[labels] }?.reading.value ?? 0 }

    /// The one with these labels, made when it is first asked for.
    func one(_ labels: [String]) -> MetricSeries {
        series.withLock { series in
            if let known = series[labels] { return known }
            let made = MetricSeries(bounds: buckets)
            series[labels] = made
            return made
        }
    }

    func render() -> String {
        let series = series.withLock { $0.mapValues(\.reading) }
        var text = "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for (values, one) in series.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            guard kind == .histogram else {
                text += "\(name)\(labelText(values)) \(number(one.value))\n"
                continue
            }
            var total = 0
            for (bound, count) in zip(buckets, one.buckets) {
                total += count
                text += "\(name)_bucket\(labelText(values, ("le", number(bound)))) \(total)\n"
            }
            text += "\(name)_bucket\(labelText(values, ("le", "+Inf"))) \(one.count)\n"
            text += "\(name)_sum\(labelText(values)) \(number(one.value))\n"
            text += "\(name)_count\(labelText(values)) \(one.count)\n"
        }
        return text
    }

    private func labelText(_ values: [String], _ extra: (String, String)? = nil) -> String {
        var pairs = zip(labels, values).map { ($0, $1) }
        if let extra { pairs.append(extra) }
        guard !pairs.isEmpty else { return "" }
        return "{" + pairs.map { "\($0)=\"\(escape($1))\"" }.joined(separator: ",") + "}"
    }

    private func escape(_ text: String) -> String {
        text.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }

    private func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : value.description
    }
}
