package import WebAPI

extension IdentityPolicies {
    package static let getConsumer = PolicyRule(
        "identity:get_consumer", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let listConsumers = PolicyRule(
        "identity:list_consumers", default: adminOrSystemReader, scopes: .systemAndProject)
    package static let createConsumer = PolicyRule(
        "identity:create_consumer", default: admin, scopes: .systemAndProject)
    package static let updateConsumer = PolicyRule(
        "identity:update_consumer", default: admin, scopes: .systemAndProject)
    package static let deleteConsumer = PolicyRule(
        "identity:delete_consumer", default: admin, scopes: .systemAndProject)

    static let consumersRules: [PolicyRule] = [
        getConsumer, listConsumers, createConsumer, updateConsumer, deleteConsumer,
    ]
}
