import Core
import HTTPTypes
import WebAPI

/// `/v3/domains`.
struct DomainsController {
    let projects: ProjectService

    var operations: [Operation] {
        [
            Operation(.get, "/domains", handler: list),
            Operation(
                .post, "/domains", policy: IdentityPolicies.createDomain, body: IdentitySchemas.domain.create,
                success: .created, handler: create),
            Operation(.get, "/domains/{domain_id}", handler: show),
            Operation(
                .patch, "/domains/{domain_id}", policy: IdentityPolicies.updateDomain,
                body: IdentitySchemas.domain.update, handler: update),
            Operation(
                .delete, "/domains/{domain_id}", policy: IdentityPolicies.deleteDomain, success: .noContent,
                handler: delete),
        ]
    }

    @Sendable private func list(_ request: APIRequest) async throws -> APIResponse {
        let own = request.context.domainID
        try request.enforce(IdentityPolicies.listDomains, own.map { ["target.domain.id": $0.rawValue] } ?? [:])
        var filter = ProjectFilter()
        filter.isDomain = true
        filter.isEnabled = request.flag("enabled")
        filter.name = request.textFilters("name")
        // A domain's own administrator sees that domain.
        if let own { filter.ids = [ProjectID(own.rawValue)] }
        filter.page = try request.page()
        let view = View(request)
        return view.collection(
            "domains", try await projects.list(filter), page: filter.page, id: \.id.rawValue
        ) { view.writeDomain($1, &$0) }
    }

    @Sendable private func create(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.member("domain")
        let id = ProjectID(body["explicit_domain_id"]?.string ?? projects.env.ids.hex())
        let domain = Project(
            id: id, name: body["name"]?.string ?? "", domainID: nil, parentID: nil, isDomain: true,
            description: body["description"]?.string ?? "", isEnabled: body["enabled"]?.flag ?? true,
            options: body["options"]?.object ?? [:], extra: body.extra(without: View.projectKeys),
            tags: body["tags"]?.array?.compactMap(\.string) ?? [])
        let made = try await projects.create(domain, request.context)
        let view = View(request)
        return view.member("domain") { view.writeDomain(made, &$0) }
    }

    @Sendable private func show(_ request: APIRequest) async throws -> APIResponse {
        let id: DomainID = try request.id("domain_id")
        let domain = try await projects.findDomain(id)
        try request.enforce(IdentityPolicies.getDomain, domain.map { ["target.domain.id": $0.id.rawValue] } ?? [:])
        guard let domain else { throw NotFound.domain(id) }
        let view = View(request)
        return view.member("domain") { view.writeDomain(domain, &$0) }
    }

    @Sendable private func update(_ request: APIRequest) async throws -> APIResponse {
        let id: DomainID = try request.id("domain_id")
        let body = try request.member("domain")
        guard try await projects.findDomain(id) != nil else { throw NotFound.domain(id) }
        let domain = try await projects.update(ProjectID(id.rawValue), request.context) { $0.apply(body) }
        let view = View(request)
        return view.member("domain") { view.writeDomain(domain, &$0) }
    }

    @Sendable private func delete(_ request: APIRequest) async throws -> APIResponse {
        try await projects.deleteDomain(try request.id("domain_id"), request.context)
        return .empty()
    }
}

extension Project {
    /// Takes over what a PATCH gives; what it leaves out stays.
    mutating func apply(_ body: JSONValue) {
        if let name = body["name"]?.string { self.name = name }
        if let description = body["description"] { self.description = description.string ?? "" }
        if let isEnabled = body["enabled"]?.flag { self.isEnabled = isEnabled }
        if let tags = body["tags"]?.array { self.tags = tags.compactMap(\.string) }
        if let options = body["options"]?.object { self.options = self.options.applying(options) }
        extra.merge(body.extra(without: View.projectKeys)) { _, new in new }
    }
}

extension [String: JSONValue] {
    /// Options merged: null takes one away.
    func applying(_ changes: JSONObject) -> JSONObject {
        merging(changes) { _, new in new }.filter { !$0.value.isNull }
    }
}
