import Core
import Messaging
import SchedulerModel

/// What a scheduler does with each message of its topic.
func schedulerHandlers(_ selector: DestinationSelector, _ hostStore: HostStore) -> RPCHandlers {
    var handlers = RPCHandlers()
    handlers.on(SelectDestinations.self) { call, _ in try await selector.select(call) }
    handlers.on(ReleaseClaim.self) { call, _ in
        try await selector.claims.release(call.server)
        return RPCNothing()
    }
    handlers.on(ExplainSelection.self) { call, _ in
        guard let selection = try await selector.selections.selection(of: call.server) else {
            throw ServiceError(.notFound, "Nothing is known of how server \(call.server) was placed.")
        }
        return selection
    }
    handlers.on(UpdateHost.self) { call, _ in
        try await hostStore.update(call.host)
        return RPCNothing()
    }
    handlers.on(ForgetHost.self) { call, _ in
        let providers = PlacementStore(database: hostStore.database)
        for id in try await hostStore.providers(of: call.host) {
            do {
                try await providers.delete(id)
            } catch let error as ServiceError where error.code == .notFound {
                // Another call was first.
                continue
            }
        }
        return RPCNothing()
    }
    return handlers
}
