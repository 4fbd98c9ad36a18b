import HTTPTypes

/// Paths to operations. Literal parts win over parameters, tried with backtracking, so that
/// `/v3/volumes/detail` and `/v3/{project_id}/volumes` can live side by side.
///
/// Built once; its size does not depend on the requests that are looked up.
struct RouteTree: Sendable {
    /// An operation with its mount and the names of its path's parameters, in order.
    final class Route: Sendable {
        let operation: Operation
        let mount: Mount
        let parameterNames: [String]
        /// The whole pattern, for metrics: `/v2.1/servers/{id}`.
        let pattern: String

        init(operation: Operation, mount: Mount, parameterNames: [String], pattern: String) {
            self.operation = operation
            self.mount = mount
            self.parameterNames = parameterNames
            self.pattern = pattern
        }
    }

    struct Match: Sendable {
        let routes: [Route]
        let values: [String]

        func parameters(of route: Route) -> [String: String] {
            Dictionary(zip(route.parameterNames, values), uniquingKeysWith: { _, last in last })
        }
    }

    private struct Node: Sendable {
        var literals: [String: Int] = [:]
        var parameter: Int?
        var routes: [Route] = []
        var rest: [Route] = []
    }

    private var nodes: [Node] = [Node()]

    init(_ mounts: [Mount]) {
        for mount in mounts {
            for operation in mount.operations { add(operation, mount) }
        }
    }

    private mutating func add(_ operation: Operation, _ mount: Mount) {
        let pattern = mount.prefix + operation.path
        var names: [String] = []
        var node = 0
        for part in pattern.split(separator: "/") {
            if part.hasPrefix("{"), part.hasSuffix("*}") {
                names.append(String(part.dropFirst().dropLast(2)))
                nodes[node].rest.append(
                    Route(operation: operation, mount: mount, parameterNames: names, pattern: pattern))
                return
            }
            if part.hasPrefix("{"), part.hasSuffix("}") {
                names.append(String(part.dropFirst().dropLast()))
                node = nodes[node].parameter ?? addNode { $0.nodes[node].parameter = $1 }
            } else {
                let literal = String(part)
                node = nodes[node].literals[literal] ?? addNode { $0.nodes[node].literals[literal] = $1 }
            }
        }
        nodes[node].routes.append(
            Route(operation: operation, mount: mount, parameterNames: names, pattern: pattern))
    }

    private mutating func addNode(_ link: (inout RouteTree, Int) -> Void) -> Int {
        nodes.append(Node())
        link(&self, nodes.count - 1)
        return nodes.count - 1
    }

    /// Looks a decoded path up. `parts` may end with an empty one, for a path that ends with `/`.
    func match(_ parts: [String]) -> Match? {
        let slash = parts.last == "" && parts.count > 1
        var values: [String] = []
        guard let routes = search(0, slash ? parts.dropLast() : parts[...], &values) else { return nil }
        guard slash else { return Match(routes: routes, values: values) }
        let lenient = routes.filter { $0.mount.ignoresTrailingSlash || $0.operation.path == "/" }
        return lenient.isEmpty ? nil : Match(routes: lenient, values: values)
    }

    private func search(_ index: Int, _ parts: ArraySlice<String>, _ values: inout [String]) -> [Route]? {
        let node = nodes[index]
        guard let part = parts.first, !(part.isEmpty && parts.count == 1 && index == 0) else {
            return node.routes.isEmpty ? nil : node.routes
        }
        if let next = node.literals[part], let found = search(next, parts.dropFirst(), &values) { return found }
        if let next = node.parameter, !part.isEmpty {
            values.append(part)
            if let found = search(next, parts.dropFirst(), &values) { return found }
            values.removeLast()
        }
        guard !node.rest.isEmpty else { return nil }
        values.append(parts.joined(separator: "/"))
        return node.rest
    }
}
