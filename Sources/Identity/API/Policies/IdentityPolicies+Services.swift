package import WebAPI

extension IdentityPolicies {
    package static let getService = PolicyRule(
        "identity:get_service", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listServices = PolicyRule(
        "identity:list_services", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let createService = PolicyRule("identity:create_service", default: admin, scopes: .systemAndProject)
    package static let updateService = PolicyRule("identity:update_service", default: admin, scopes: .systemAndProject)
    package static let deleteService = PolicyRule("identity:delete_service", default: admin, scopes: .systemAndProject)

    static let servicesRules: [PolicyRule] = [
        getService, listServices, createService, updateService, deleteService,
    ]
}
