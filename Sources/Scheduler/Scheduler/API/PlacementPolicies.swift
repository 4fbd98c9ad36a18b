import WebAPI

/// Placement's policy rules, by OpenStack's names.
package enum PlacementPolicies {
    private static let serviceOrAdmin = "role:admin or role:service"

    private static func rule(_ name: String) -> PolicyRule {
        PolicyRule("placement:\(name)", default: serviceOrAdmin)
    }

    static let listProviders = rule("resource_providers:list")
    static let createProvider = rule("resource_providers:create")
    static let showProvider = rule("resource_providers:show")
    static let updateProvider = rule("resource_providers:update")
    static let deleteProvider = rule("resource_providers:delete")
    static let listInventories = rule("resource_providers:inventories:list")
    static let updateInventories = rule("resource_providers:inventories:update")
    static let deleteInventories = rule("resource_providers:inventories:delete")
    static let listAggregates = rule("resource_providers:aggregates:list")
    static let updateAggregates = rule("resource_providers:aggregates:update")
    static let listProviderTraits = rule("resource_providers:traits:list")
    static let updateProviderTraits = rule("resource_providers:traits:update")
    static let providerUsages = rule("resource_providers:usages")
    static let providerAllocations = rule("resource_providers:allocations:list")
    static let listAllocations = rule("allocations:list")
    static let updateAllocations = rule("allocations:update")
    static let deleteAllocations = rule("allocations:delete")
    static let listCandidates = rule("allocation_candidates:list")
    static let listTraits = rule("traits:list")
    static let updateTraits = rule("traits:update")
    static let deleteTraits = rule("traits:delete")
    static let listClasses = rule("resource_classes:list")
    static let updateClasses = rule("resource_classes:update")
    static let deleteClasses = rule("resource_classes:delete")
    static let usages = PolicyRule(
        "placement:usages", default: "(\(serviceOrAdmin)) or (role:reader and project_id:%(project_id)s)")

    static let all = [
        listProviders, createProvider, showProvider, updateProvider, deleteProvider, listInventories,
        updateInventories, deleteInventories, listAggregates, updateAggregates, listProviderTraits,
        updateProviderTraits, providerUsages, providerAllocations, listAllocations, updateAllocations,
        deleteAllocations, listCandidates, listTraits, updateTraits, deleteTraits, listClasses, updateClasses,
        deleteClasses, usages,
    ]
}
