/// What was sent to one service and what came back.
struct Tally: Sendable {
    let service: ServiceName
    var requests = 0
    /// By hundreds; 0 is no answer, where none was a fair one.
    var classes: [Int: Int] = [:]
    var touched: Set<String> = []
    var succeeded: Set<String> = []
    var notBuilt: Set<String> = []
    var slowest = Duration.zero
    var memory: (before: Int, after: Int)?

    init(service: ServiceName) { self.service = service }

    mutating func add(_ item: FuzzCase, _ outcome: WireOutcome) {
        requests += 1
        touched.insert(item.route.label)
        slowest = max(slowest, outcome.duration)
        guard let status = outcome.responses.first?.status else {
            classes[0, default: 0] += 1
            return
        }
        classes[status / 100, default: 0] += 1
        if status < 300 { succeeded.insert(item.route.label) }
        if status == 501 { notBuilt.insert(item.route.label) }
    }

    func text(operations: [String]) -> String {
        let all = Set(operations)
        let counts = classes.sorted { $0.key < $1.key }
            .map { "\($0.key == 0 ? "closed" : "\($0.key)xx") \($0.value)" }.joined(separator: ", ")
        var text = "\(service.rawValue): \(requests) requests: \(counts); slowest \(slowest)\n"
        text += "  operations: \(touched.count) of \(all.count) touched, \(succeeded.count) succeeded at least once"
        text += ", \(notBuilt.count) answered 501"
        if let memory { text += "\n  \(service.daemon): \(memory.before) KiB resident before, \(memory.after) after" }
        let never = all.subtracting(touched)
        if !never.isEmpty { text += "\n  never touched: \(never.sorted().joined(separator: "; "))" }
        return text
    }
}
