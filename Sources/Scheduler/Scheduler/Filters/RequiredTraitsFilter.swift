import SchedulerModel

/// Keeps hosts with every trait that is required and none that is forbidden, by `trait:NAME` extra specs and
/// image properties.
struct RequiredTraitsFilter: HostFilter {
    let name = "RequiredTraitsFilter"

    func applies(to query: HostQuery) -> Bool { !traits(query).isEmpty }

    func passes(_ host: HostCandidate, _ query: HostQuery) -> Bool {
        traits(query).allSatisfy { trait, wanted in
            switch wanted {
            case "required": host.state.traits.contains(trait)
            case "forbidden": !host.state.traits.contains(trait)
            default: true
            }
        }
    }

    func hint(_ removed: [HostCandidate], _ query: HostQuery) -> String? {
        traits(query).map { "\($0.0) is \($0.1)" }.joined(separator: ", ")
    }

    private func traits(_ query: HostQuery) -> [(String, String)] {
        (Array(query.request.extraSpecs) + Array(query.request.imageProperties))
            .filter { $0.key.hasPrefix("trait:") }.map { (String($0.key.dropFirst(6)), $0.value) }
            .sorted { $0.0 < $1.0 }
    }
}
