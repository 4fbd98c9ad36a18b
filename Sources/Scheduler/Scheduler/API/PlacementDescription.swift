package import Database
package import WebAPI

/// The Placement API as data, on a database that need not be there: for tools that read the operations.
package func placementDescription(_ database: Database) -> APIDescription {
    placementAPI(PlacementStore(database: database), identityURL: "")
}
