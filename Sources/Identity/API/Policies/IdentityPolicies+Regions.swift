package import WebAPI

extension IdentityPolicies {
    package static let getRegion = PolicyRule("identity:get_region", default: "@", scopes: .all)
    package static let listRegions = PolicyRule("identity:list_regions", default: "@", scopes: .all)
    package static let createRegion = PolicyRule("identity:create_region", default: admin, scopes: .systemAndProject)
    package static let updateRegion = PolicyRule("identity:update_region", default: admin, scopes: .systemAndProject)
    package static let deleteRegion = PolicyRule("identity:delete_region", default: admin, scopes: .systemAndProject)

    static let regionsRules: [PolicyRule] = [
        getRegion, listRegions, createRegion, updateRegion, deleteRegion,
    ]
}
