/// What was sent to one service and what came back.
struct Tally: Sendable {
    let service: ServiceName
    var requests = 0
    /// By hundreds; 0 is no answer, where none was a fair one.
    var classes: [Int: Int] = [:]
    var touched: Set<String> = []
    var succeeded: Set<String> = []
    var slowest = Duration.zero
    /// The daemon's resident memory in KiB, every hundred requests.
    var memory: [Int] = []
    var took = Duration.zero

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
    }

    private static func name(_ key: Int) -> String { key == 0 ? "closed" : "\(key)xx" }

    private var rate: Int { took > .zero ? Int(Double(requests) / (took / .seconds(1))) : 0 }

    func text(operations: [String]) -> String {
        let all = Set(operations)
        let counts = classes.sorted { $0.key < $1.key }
            .map { "\(Self.name($0.key)) \($0.value)" }.joined(separator: ", ")
        var text = "\(service.rawValue): \(requests) requests: \(counts); \(rate) a second, slowest \(slowest)\n"
        text += "  operations: \(touched.count) of \(all.count) touched, \(succeeded.count) succeeded at least once"
        if !memory.isEmpty {
            text += "\n  \(service.daemon): KiB resident \(memory.map(String.init).joined(separator: " "))"
        }
        let never = all.subtracting(touched)
        if !never.isEmpty { text += "\n  never touched: \(never.sorted().joined(separator: "; "))" }
        return text
    }
}
