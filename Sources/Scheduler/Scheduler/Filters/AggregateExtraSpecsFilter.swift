import SchedulerModel

/// Matches extra specs of the form `aggregate_instance_extra_specs:KEY` with the metadata of the host's
/// aggregates. Other scopes belong to other parts and are left alone.
struct AggregateExtraSpecsFilter: HostFilter {
    let name = "AggregateInstanceExtraSpecsFilter"
    private static let scope = "aggregate_instance_extra_specs:"

    func applies(to query: HostQuery) -> Bool { query.request.extraSpecs.keys.contains { $0.hasPrefix(Self.scope) } }

    func passes(_ host: HostCandidate, _ query: HostQuery) -> Bool {
        query.request.extraSpecs.filter { $0.key.hasPrefix(Self.scope) }.allSatisfy { key, wanted in
            let values = host.state.aggregateMetadata[String(key.dropFirst(Self.scope.count))] ?? []
            return values.contains { matches(wanted, $0) }
        }
    }

    /// Nova's operators for extra specs: none means equal.
    private func matches(_ wanted: String, _ value: String) -> Bool {
        let words = wanted.split(separator: " ").map(String.init)
        guard let first = words.first, words.count > 1 else { return wanted == value }
        let rest = Array(words.dropFirst())
        switch first {
        case "s==": return value == rest[0]
        case "s!=": return value != rest[0]
        case "<in>": return value.contains(rest[0])
        case "<or>": return rest.filter { $0 != "<or>" }.contains(value)
        case "=", "==", ">=", "<=", "!=":
            guard let left = Double(value), let right = Double(rest[0]) else { return false }
            return switch first {
            case "=", ">=": left >= right
            case "<=": left <= right
            case "!=": left != right
            default: left == right
            }
        default: return wanted == value
        }
    }
}
