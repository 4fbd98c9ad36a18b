import Core
import HTTPTypes
import WebAPI

/// The Placement API.
func placementAPI(_ store: PlacementStore, identityURL: String) -> APIDescription {
    let versions = MicroversionPolicy.placement(max: "1.39")
    let root = Operation(.get, "/", auth: .none) { _ in
        .json { json in
            json.object {
                $0.field("versions") {
                    $0.array(["v1.0"]) { json, id in
                        json.object {
                            $0.field("id", id)
                            $0.field("max_version", versions.max.description)
                            $0.field("min_version", versions.min.description)
                            $0.field("status", "CURRENT")
                            $0.field("links") {
                                $0.array([""]) { json, path in
                                    json.object {
                                        $0.field("rel", "self")
                                        $0.field("href", path)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    let operations =
        [root] + ResourceProvidersController(store: store).operations
        + InventoriesController(store: store).operations
        + ProviderTraitsController(store: store).operations
        + AllocationsController(store: AllocationStore(database: store.database), providers: store).operations
        + NamesController(store: NameStore(database: store.database)).operations
    return APIDescription(
        serviceType: "placement",
        mounts: [Mount("/placement", operations, microversions: versions, faults: .placement)], faults: .placement,
        identityURL: identityURL)
}
