import Core
import HTTPTypes
import WebAPI

/// `/v3/domains/{domain_id}/config` and the defaults under `/v3/domains/config`.
struct DomainConfigurationController {
    let configurations: DomainConfigurationService

    var operations: [Operation] {
        let path = "/domains/{domain_id}/config"
        var all =
            defaults + [
                Operation(
                    .put, path, policy: IdentityPolicies.createDomainConfig, body: IdentitySchemas.domainConfig,
                    handler: replace)
            ]
        for part in ["", "/{group}", "/{group}/{option}"] {
            all += [
                Operation(.get, path + part, handler: show),
                Operation(
                    .patch, path + part, policy: IdentityPolicies.updateDomainConfig,
                    body: IdentitySchemas.domainConfig, handler: update),
                Operation(
                    .delete, path + part, policy: IdentityPolicies.deleteDomainConfig, success: .noContent,
                    handler: delete),
            ]
        }
        return all
    }

    private var defaults: [Operation] {
        ["", "/{group}", "/{group}/{option}"].map { part in
            Operation(
                .get, "/domains/config\(part)/default", policy: IdentityPolicies.getDomainConfigDefault
            ) { request in
                document(try configurations.defaults(Self.part(request)), Self.part(request))
            }
        }
    }

    private static func part(_ request: APIRequest) -> DomainConfigurationPart {
        guard let group = request.parameters["group"] else { return .all }
        guard let option = request.parameters["option"] else { return .group(group) }
        return .option(group, option)
    }

    @Sendable private func show(_ request: APIRequest) async throws -> APIResponse {
        let domain: DomainID = try request.id("domain_id")
        let part = Self.part(request)
        guard part.group == "security_compliance" else {
            try request.enforce(IdentityPolicies.getDomainConfig)
            return document(try await configurations.show(part, of: domain), part)
        }
        try request.enforce(IdentityPolicies.getSecurityComplianceDomainConfig)
        return document(try configurations.passwordRules(part.option, of: domain), part)
    }

    /// 201 when the domain had none, 200 when it was replaced.
    @Sendable private func replace(_ request: APIRequest) async throws -> APIResponse {
        let (values, isNew) = try await configurations.replace(
            try request.member("config"), of: try request.id("domain_id"), request.context)
        var response = document(values, .all)
        response.status = isNew ? .created : .ok
        return response
    }

    @Sendable private func update(_ request: APIRequest) async throws -> APIResponse {
        let values = try await configurations.update(
            Self.part(request), to: try request.member("config"), of: try request.id("domain_id"), request.context)
        return document(values, .all)
    }

    @Sendable private func delete(_ request: APIRequest) async throws -> APIResponse {
        try await configurations.delete(Self.part(request), of: try request.id("domain_id"), request.context)
        return .empty()
    }

    /// `{"config": {"ldap": {"url": …}}}`; of a single option `{"config": {"url": …}}`.
    private func document(_ values: DomainConfiguration.Values, _ part: DomainConfigurationPart) -> APIResponse {
        let whole = JSONValue.object(values.mapValues { .object($0) })
        guard let group = part.group, part.option != nil else { return .json(["config": whole]) }
        return .json(["config": whole[group] ?? .object([:])])
    }
}
