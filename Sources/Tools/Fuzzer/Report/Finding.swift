import Core

/// Something wrong, and how to see it again.
struct Finding: Sendable {
    /// nil for a daemon that has no API.
    let service: ServiceName?
    let operation: String
    let index: Int?
    let mutations: [String]
    let sender: String
    let problem: String
    /// The request as a curl command, or its bytes as printf | nc.
    let reproduction: String
    let response: String

    init(
        service: ServiceName?, operation: String = "", index: Int? = nil, mutations: [String] = [], sender: String = "",
        problem: String, reproduction: String = "", response: String = ""
    ) {
        self.service = service
        self.operation = operation
        self.index = index
        self.mutations = mutations
        self.sender = sender
        self.problem = problem
        self.reproduction = reproduction
        self.response = response
    }

    init(_ item: FuzzCase, _ outcome: WireOutcome, _ problem: String, _ service: ServiceUnderTest, _ world: World) {
        var answer = ""
        if let response = outcome.responses.last {
            let id = response.header("X-Openstack-Request-Id") ?? "no request id"
            answer = "\(response.status) \(id) \(Reproduction.printable(response.body.prefix(400)))"
        }
        self.init(
            service: service.name, operation: item.route.label, index: item.index, mutations: item.mutations,
            sender: item.sender, problem: problem,
            reproduction: Reproduction.text(item, service.endpoint, world), response: answer)
    }

    /// Findings with one cause look the same in this.
    var group: String { "\(operation) \(problem.prefix(40))" }

    var text: String {
        var lines = ["FINDING \(service?.rawValue ?? "cloud")\(index.map { " #\($0)" } ?? ""): \(problem)"]
        if !operation.isEmpty { lines.append("  \(operation) as \(sender): \(mutations.joined(separator: "; "))") }
        if !reproduction.isEmpty { lines.append("  \(reproduction)") }
        if !response.isEmpty { lines.append("  -> \(response)") }
        return lines.joined(separator: "\n")
    }
}
