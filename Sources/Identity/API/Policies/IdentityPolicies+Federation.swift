package import WebAPI

extension IdentityPolicies {
    package static let createIdentityProvider = PolicyRule(
        "identity:create_identity_provider", default: admin, scopes: .systemAndProject)
    package static let getIdentityProvider = PolicyRule(
        "identity:get_identity_provider", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let updateIdentityProvider = PolicyRule(
        "identity:update_identity_provider", default: admin, scopes: .systemAndProject)
    package static let deleteIdentityProvider = PolicyRule(
        "identity:delete_identity_provider", default: admin, scopes: .systemAndProject)
    package static let createMapping = PolicyRule(
        "identity:create_mapping", default: admin, scopes: .systemAndProject)
    package static let getMapping = PolicyRule(
        "identity:get_mapping", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let updateMapping = PolicyRule(
        "identity:update_mapping", default: admin, scopes: .systemAndProject)
    package static let deleteMapping = PolicyRule(
        "identity:delete_mapping", default: admin, scopes: .systemAndProject)
    package static let createProtocol = PolicyRule(
        "identity:create_protocol", default: admin, scopes: .systemAndProject)
    package static let getProtocol = PolicyRule(
        "identity:get_protocol", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let updateProtocol = PolicyRule(
        "identity:update_protocol", default: admin, scopes: .systemAndProject)
    package static let deleteProtocol = PolicyRule(
        "identity:delete_protocol", default: admin, scopes: .systemAndProject)
    package static let createServiceProvider = PolicyRule(
        "identity:create_service_provider", default: admin, scopes: .systemAndProject)
    package static let getServiceProvider = PolicyRule(
        "identity:get_service_provider", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let updateServiceProvider = PolicyRule(
        "identity:update_service_provider", default: admin, scopes: .systemAndProject)
    package static let deleteServiceProvider = PolicyRule(
        "identity:delete_service_provider", default: admin, scopes: .systemAndProject)
    package static let listIdentityProviders = PolicyRule(
        "identity:list_identity_providers", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listMappings = PolicyRule(
        "identity:list_mappings", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listProtocols = PolicyRule(
        "identity:list_protocols", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listServiceProviders = PolicyRule(
        "identity:list_service_providers", default: adminOrSystemReader, scopes: .systemAndProject)

    static let federationRules: [PolicyRule] = [
        createIdentityProvider, getIdentityProvider, updateIdentityProvider, deleteIdentityProvider, createMapping,
        getMapping, updateMapping, deleteMapping, createProtocol, getProtocol, updateProtocol, deleteProtocol,
        createServiceProvider, getServiceProvider, updateServiceProvider, deleteServiceProvider,
        listIdentityProviders, listMappings, listProtocols, listServiceProviders,
    ]
}
