import Core
import HTTPTypes
import WebAPI

/// `/v3/OS-FEDERATION/identity_providers` and their protocols.
struct IdentityProvidersController {
    let providers: IdentityProviderService

    var operations: [Operation] { providerOperations + protocolOperations }

    // MARK: Providers

    private var providerOperations: [Operation] {
        typealias Rules = IdentityPolicies
        let path = "/OS-FEDERATION/identity_providers"
        return [
            Operation(.get, path, policy: Rules.listIdentityProviders) { request in
                let found = try await providers.list(
                    id: request.query.first("id").map { IdentityProviderID($0) },
                    isEnabled: request.flag("enabled"))
                return View(request).collection("identity_providers", found) { write($1, request, &$0) }
            },
            Operation(.get, path + "/{idp_id}", policy: Rules.getIdentityProvider) { request in
                let provider = try await providers.find(try request.id("idp_id"))
                return View(request).member("identity_provider") { write(provider, request, &$0) }
            },
            Operation(
                .put, path + "/{idp_id}", policy: Rules.createIdentityProvider,
                body: IdentitySchemas.newIdentityProvider, success: .created
            ) { request in
                let body = try request.member("identity_provider")
                var provider = IdentityProvider(
                    id: try request.shortID("idp_id"), domainID: DomainID(""), isEnabled: false, remoteIDs: [])
                provider.apply(body)
                let made = try await providers.create(
                    provider, in: body["domain_id"]?.string.map { DomainID($0) }, request.context)
                return View(request).member("identity_provider") { write(made, request, &$0) }
            },
            Operation(
                .patch, path + "/{idp_id}", policy: Rules.updateIdentityProvider,
                body: IdentitySchemas.identityProvider
            ) { request in
                let body = try request.member("identity_provider")
                let provider = try await providers.update(try request.id("idp_id"), request.context) { $0.apply(body) }
                return View(request).member("identity_provider") { write(provider, request, &$0) }
            },
            Operation(
                .delete, path + "/{idp_id}", policy: Rules.deleteIdentityProvider, success: .noContent
            ) { request in
                try await providers.delete(try request.id("idp_id"), request.context)
                return .empty()
            },
        ]
    }

    private func write(_ provider: IdentityProvider, _ request: APIRequest, _ json: inout JSONWriter) {
        let path = "\(request.baseURL)/OS-FEDERATION/identity_providers/\(PercentCoding.encode(provider.id.rawValue))"
        json.object {
            $0.field("id", provider.id)
            $0.field("domain_id", provider.domainID)
            $0.field("enabled", provider.isEnabled)
            $0.field("description", provider.description)
            $0.field("authorization_ttl", provider.authorizationTTL)
            $0.field("remote_ids", provider.remoteIDs)
            $0.field("links") {
                $0.object {
                    $0.field("self", path)
                    $0.field("protocols", path + "/protocols")
                }
            }
        }
    }

    // MARK: Protocols

    private var protocolOperations: [Operation] {
        typealias Rules = IdentityPolicies
        let path = "/OS-FEDERATION/identity_providers/{idp_id}/protocols"
        return [
            Operation(.get, path, policy: Rules.listProtocols) { request in
                let found = try await providers.protocols(of: try request.id("idp_id"))
                return View(request).collection("protocols", found) { write($1, request, isListed: true, &$0) }
            },
            Operation(.get, path + "/{protocol_id}", policy: Rules.getProtocol) { request in
                let way = try await providers.find(try request.id("protocol_id"), of: try request.id("idp_id"))
                return View(request).member("protocol") { write(way, request, &$0) }
            },
            Operation(
                .put, path + "/{protocol_id}", policy: Rules.createProtocol, body: IdentitySchemas.newProtocol,
                success: .created
            ) { request in
                let body = try request.member("protocol")
                let way = FederationProtocol(
                    id: try request.shortID("protocol_id"), identityProvider: try request.id("idp_id"),
                    mappingID: MappingID(body["mapping_id"]?.string ?? ""),
                    remoteIDAttribute: body["remote_id_attribute"]?.string)
                try await providers.create(way, request.context)
                return View(request).member("protocol") { write(way, request, &$0) }
            },
            Operation(
                .patch, path + "/{protocol_id}", policy: Rules.updateProtocol, body: IdentitySchemas.changedProtocol
            ) { request in
                let body = try request.member("protocol")
                let way = try await providers.update(
                    try request.id("protocol_id"), of: try request.id("idp_id"), request.context
                ) {
                    if let mapping = body["mapping_id"]?.string { $0.mappingID = MappingID(mapping) }
                    if let attribute = body["remote_id_attribute"] { $0.remoteIDAttribute = attribute.string }
                }
                return View(request).member("protocol") { write(way, request, &$0) }
            },
            Operation(.delete, path + "/{protocol_id}", policy: Rules.deleteProtocol, success: .noContent) { request in
                try await providers.delete(try request.id("protocol_id"), of: try request.id("idp_id"), request.context)
                return .empty()
            },
        ]
    }

    private func write(
        _ way: FederationProtocol, _ request: APIRequest, isListed: Bool = false, _ json: inout JSONWriter
    ) {
        let provider =
            "\(request.baseURL)/OS-FEDERATION/identity_providers/\(PercentCoding.encode(way.identityProvider.rawValue))"
        json.object {
            $0.field("id", way.id)
            $0.field("mapping_id", way.mappingID)
            if isListed {
                $0.field("idp_id", way.identityProvider)
                $0.field("remote_id_attribute", way.remoteIDAttribute)
            }
            $0.field("links") {
                $0.object {
                    $0.field("self", "\(provider)/protocols/\(PercentCoding.encode(way.id.rawValue))")
                    $0.field("identity_provider", provider)
                }
            }
        }
    }
}

extension IdentityProvider {
    /// Takes over what a body gives; what it leaves out stays.
    mutating func apply(_ body: JSONValue) {
        if let isEnabled = body["enabled"]?.flag { self.isEnabled = isEnabled }
        if let description = body["description"] { self.description = description.string }
        if let ttl = body["authorization_ttl"] { authorizationTTL = ttl.int }
        if let ids = body["remote_ids"] { remoteIDs = ids.array?.compactMap(\.string) ?? [] }
    }
}

extension APIRequest {
    /// An id that the client chooses in the path: at most 64 characters.
    func shortID<Kind>(_ name: String) throws -> ID<Kind> {
        let text = try parameter(name)
        guard (1...64).contains(text.count) else {
            throw ServiceError(.badRequest, "An id in the path has 1 to 64 characters.")
        }
        return ID(text)
    }
}
