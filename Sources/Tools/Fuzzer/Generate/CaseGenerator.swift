import Core
import HTTPTypes
import WebAPI

/// Makes requests: a valid one for an operation first, then, mostly, something wrong with it.
struct CaseGenerator: Sendable {
    let service: ServiceUnderTest
    let seed: UInt64
    private let routes: [Route]
    /// Without those that only say that they are not built.
    private let deep: [Route]

    init(service: ServiceUnderTest, seed: UInt64) {
        self.service = service
        self.seed = seed
        var generator = SeededGenerator(seed: seed, service: service.name, index: -1)
        routes = service.routes.shuffled(using: &generator)
        deep = routes.filter { !$0.operation.path.contains("{rest*}") && !Self.isUnbuilt($0) }
    }

    /// Groups of block storage's operations that are refused as not built, under two prefixes: once each is enough.
    private static func isUnbuilt(_ route: Route) -> Bool {
        [
            "/backups", "/cgsnapshots", "/clusters", "/consistencygroups", "/default-types", "/group_snapshots",
            "/group_types", "/groups", "/manageable_snapshots", "/manageable_volumes", "/messages",
            "/os-snapshot-manage", "/os-volume-manage", "/qos-specs", "/resource_filters", "/workers",
        ].contains(route.operation.path) && route.pattern.hasPrefix("/v3") && route.mount.microversions != nil
    }

    var count: Int { routes.count }

    func make(_ index: Int, _ world: World) -> FuzzCase {
        var generator = SeededGenerator(seed: seed, service: service.name, index: index)
        let route = index < routes.count ? routes[index] : deep[index % deep.count]
        var draft = CaseDraft(index: index, route: route, service: service, world: world, generator: generator)
        draft.begin()
        generator = draft.generator
        let rounds = generator.chance(15) ? 2 : 1
        draft.generator = generator
        for _ in 0..<rounds { draft.mutate() }
        return draft.finish()
    }
}
