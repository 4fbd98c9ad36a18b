import Core
import HTTPTypes
import WebAPI

/// Valid bodies for operations that read theirs without a schema, and better ones than a schema tells.
/// `@kind` stands for an id; see `Filler`.
///
/// Text, not literals: Swift takes minutes to find the types of literals of this size.
enum Exemplars {
    static func bodies(_ route: Route) -> [JSONValue] {
        let operation = route.operation
        let key = "\(operation.method.rawValue) \(operation.path)" + (operation.action.map { " \($0)" } ?? "")
        if let found = table[key] { return found }
        if let action = operation.action { return (actions[action] ?? [.null]).map { .object([action: $0]) } }
        if operation.path.hasSuffix("/tags") && operation.method == .put {
            return [.object(["tags": .array([.string("fuzz"), .string("@name")])])]
        }
        return []
    }

    private static let table = read(identity + image + network + compute + blockStorage + placement)
    private static let actions = read(actionBodies)

    /// `= operation`, then a `- body` or several, each over as many lines as it likes.
    private static func read(_ text: String) -> [String: [JSONValue]] {
        var result: [String: [JSONValue]] = [:]
        var key = ""
        var body = ""
        func add() {
            guard !body.isEmpty else { return }
            do {
                result[key, default: []].append(try JSONValue(parsing: body))
            } catch {
                print("note: exemplar of \(key): \(error)")
            }
            body = ""
        }
        for line in text.split(separator: "\n") {
            if line.hasPrefix("= ") {
                add()
                key = String(line.dropFirst(2))
            } else if line.hasPrefix("- ") {
                add()
                body = String(line.dropFirst(2))
            } else {
                body += line
            }
        }
        add()
        return result
    }
}
