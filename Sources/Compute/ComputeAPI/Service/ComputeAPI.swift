package import WebAPI

/// The whole Compute API as data.
package enum ComputeAPI {
    package static let minVersion: Microversion = "2.1"
    package static let maxVersion: Microversion = "2.96"

    package static func operations(_ environment: ComputeEnvironment) -> [Operation] {
        var all: [Operation] = []
        all += ServersController(environment).operations
        all += ServerPowerController(environment).operations
        all += ServerActionsController(environment).operations
        all += ServerSecurityGroupsController(environment).operations
        all += UnbuiltActions.operations
        all += ServerMetadataController(environment).operations
        all += ServerTagsController(environment).operations
        all += ServerAddressesController(environment).operations
        all += VolumeAttachmentsController(environment).operations
        all += InterfacesController(environment).operations
        all += InstanceActionsController(environment).operations
        all += ServerGroupsController(environment).operations
        all += FlavorsController(environment).operations
        all += FlavorExtrasController(environment).operations
        all += KeypairsController(environment).operations
        all += ZonesController(environment).operations
        all += AggregatesController(environment).operations
        all += HypervisorsController(environment).operations
        all += ServicesController(environment).operations
        all += QuotasController(environment).operations
        all += LimitsController(environment).operations
        all += UsageController(environment).operations
        all += SecurityGroupsController(environment).operations
        all += ExternalEventsController(environment).operations
        all += ExtensionsController().operations
        return all
    }

    package static func description(_ environment: ComputeEnvironment, identityURL: String) -> APIDescription {
        APIDescription(
            serviceType: "compute",
            mounts: [
                Mount("", VersionsController().operations, faults: .nova),
                Mount(
                    "/v2.1", operations(environment), microversions: .compute(min: minVersion, max: maxVersion),
                    faults: .nova),
            ],
            faults: .nova, requestIDHeaders: ["x-compute-request-id"], identityURL: identityURL)
    }
}
