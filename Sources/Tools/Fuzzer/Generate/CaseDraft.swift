import Core
import HTTPTypes
import WebAPI

/// A request in the making.
struct CaseDraft {
    let index: Int
    let route: Route
    let service: ServiceUnderTest
    let world: World
    var generator: SeededGenerator

    var sender: Party
    var version: Microversion?
    var parts: [(text: String, kind: String?)] = []
    var query: [(String, String)] = []
    var body: JSONValue?
    /// The schema that the body is to meet, when the operation has one.
    var schema: JSONSchema?
    var request: WireRequest
    var expectation = FuzzCase.Expectation.answered
    var mutations: [String] = []
    var bytes: [UInt8]?
    var wire: [WireStep]?
    var responses = 1

    init(index: Int, route: Route, service: ServiceUnderTest, world: World, generator: SeededGenerator) {
        self.index = index
        self.route = route
        self.service = service
        self.world = world
        self.generator = generator
        sender = world.attacker
        request = WireRequest(method: route.operation.method.rawValue, target: "/")
    }

    var operation: WebAPI.Operation { route.operation }
    var isAttacker: Bool { sender.name == world.attacker.name }
    private var filler: Filler { Filler(party: sender, shared: world.shared, victim: false) }

    // MARK: The valid request

    mutating func begin() {
        if generator.chance(45) { sender = world.administrator }
        if route.mount.microversions != nil { version = pickVersion() }
        fillPath()
        fillQuery()
        schema =
            version.map { version in operation.bodies.last { $0.since <= version }?.schema }
            ?? operation.bodies.last?.schema
        let exemplars = Exemplars.bodies(route)
        if let exemplar = generator.pick(exemplars), schema == nil || generator.chance(60) {
            let filled = filler.fill(exemplar, &generator)
            if schema?.isValid(filled) ?? true { body = filled }
        }
        if body == nil, let schema { body = SchemaSampler(filler: filler).value(schema, &generator) }
        request.headers = [("Host", service.endpoint.authority), ("X-Auth-Token", sender.session.token)]
        if service.name != .image || generator.chance(70) { request.headers.append(("Accept", "application/json")) }
        if let version, let microversions = route.mount.microversions {
            request.headers.append(("OpenStack-API-Version", "\(microversions.serviceType) \(version)"))
        }
        if operation.path == "/auth/tokens", operation.method != .post {
            request.headers.append(("X-Subject-Token", sender.session.token))
        }
        if operation.rawBody {
            bytes = Array("fuzz".utf8)
            request.headers.append(("Content-Type", "application/octet-stream"))
        } else if body != nil {
            request.headers.append(("Content-Type", operation.contentTypes.last ?? "application/json"))
        }
    }

    private mutating func pickVersion() -> Microversion? {
        guard let policy = route.mount.microversions else { return nil }
        let low = max(operation.versions.min ?? policy.min, policy.min)
        let high = min(operation.versions.max ?? policy.max, policy.max)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return high
        case 1: return low
        case 2:
            let steps = operation.bodies.map(\.since).filter { $0 >= low && $0 <= high }
            return generator.pick(steps) ?? high
        default:
            guard low.major == high.major, low.minor < high.minor else { return high }
            return Microversion(low.major, Int.random(in: low.minor...high.minor, using: &generator))
        }
    }

    private mutating func fillPath() {
        var literal: String?
        for part in route.pattern.split(separator: "/", omittingEmptySubsequences: true) {
            guard part.hasPrefix("{") else {
                parts.append((String(part), nil))
                literal = String(part)
                continue
            }
            let name = part.filter { $0 != "{" && $0 != "}" && $0 != "*" }
            let kind = Kinds.ofParameter(name, after: literal)
            var value = kind.map { filler.text("@\($0)", &generator) } ?? pathText(name)
            if kind == nil, name == "id" || name.hasSuffix("_id") { value = generator.uuid() }
            if kind == "resource_class" || kind == "trait" {
                value = generator.oneOf("CUSTOM_FUZZ", "VCPU", "HW_CPU_X86_AVX")
            }
            parts.append((value, kind ?? "text"))
            literal = nil
        }
    }

    private mutating func pathText(_ name: String) -> String {
        switch name {
        case "version": generator.oneOf("latest", "2012-08-10", "fuzz")
        case "document": generator.oneOf("meta_data.json", "user_data", "fuzz")
        case "key", "tag", "value", "name": generator.oneOf("fuzz", "a", "hw:cpu_policy", "fuzz-\(generator.hex(4))")
        default: generator.oneOf("fuzz", generator.uuid())
        }
    }

    private mutating func fillQuery() {
        guard operation.method == .get, generator.chance(25) else { return }
        query.append(("limit", String(Int.random(in: 1...5, using: &generator))))
    }

    // MARK: The result

    var target: String {
        var text = "/" + parts.map(\.text).joined(separator: "/")
        if route.pattern.hasSuffix("/") && !text.hasSuffix("/") { text += "/" }
        if !query.isEmpty {
            text += "?" + query.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        }
        return text
    }

    mutating func finish() -> FuzzCase {
        request.target = mutations.contains("target") ? request.target : target
        if let bytes { request.body = bytes } else if let body { request.body = BodyText.write(body) }
        let whole = String(decoding: request.head + request.body, as: UTF8.self)
        let named = world.canaries.filter { whole.contains($0) }
        return FuzzCase(
            index: index, route: route,
            sender: isAttacker ? "attacker" : "administrator", request: request, expectation: expectation,
            mutations: mutations.isEmpty ? ["valid"] : mutations, wire: wire, responses: responses,
            named: Set(named))
    }
}

/// JSON as it is sent.
enum BodyText {
    /// The value's text, with what stands for raw text replaced by it.
    static func write(_ value: JSONValue) -> [UInt8] {
        let text = value.jsonText
        guard text.contains("\\u0001raw:") else { return Array(text.utf8) }
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "\"\\u0001raw:") {
            result += rest[..<start.lowerBound]
            rest = rest[start.upperBound...]
            guard let end = rest.firstRange(of: "\\u0001\"") else { break }
            result += rest[..<end.lowerBound]
            rest = rest[end.upperBound...]
        }
        return Array((result + rest).utf8)
    }

    static func isRaw(_ value: JSONValue) -> Bool { value.jsonText.contains("\\u0001raw:") }
}
