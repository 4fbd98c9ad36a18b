import Core
import HTTPTypes
import WebAPI

/// `/v3/OS-FEDERATION/service_providers`.
struct ServiceProvidersController {
    let providers: MappingService
    /// Keystone's `[saml] relay_state_prefix`.
    private static let relayStatePrefix = "ss:mem:"

    var operations: [Operation] {
        typealias Rules = IdentityPolicies
        let path = "/OS-FEDERATION/service_providers"
        return [
            Operation(.get, path, policy: Rules.listServiceProviders) { request in
                let found = try await providers.serviceProviders(
                    id: request.query.first("id").map { ServiceProviderID($0) }, isEnabled: request.flag("enabled"))
                return View(request).collection("service_providers", found) { write($1, request, &$0) }
            },
            Operation(.get, path + "/{service_provider_id}", policy: Rules.getServiceProvider) { request in
                let provider = try await providers.find(try request.id("service_provider_id", ServiceProviderKind.self))
                return View(request).member("service_provider") { write(provider, request, &$0) }
            },
            Operation(
                .put, path + "/{service_provider_id}", policy: Rules.createServiceProvider,
                body: IdentitySchemas.newServiceProvider, success: .created
            ) { request in
                var provider = ServiceProvider(
                    id: try request.shortID("service_provider_id"), authURL: "", url: "", isEnabled: false,
                    relayStatePrefix: Self.relayStatePrefix)
                provider.apply(try request.member("service_provider"))
                let made = provider
                try await providers.create(made, request.context)
                return View(request).member("service_provider") { write(made, request, &$0) }
            },
            Operation(
                .patch, path + "/{service_provider_id}", policy: Rules.updateServiceProvider,
                body: IdentitySchemas.serviceProvider
            ) { request in
                let body = try request.member("service_provider")
                let provider = try await providers.update(
                    try request.id("service_provider_id", ServiceProviderKind.self), request.context
                ) { $0.apply(body) }
                return View(request).member("service_provider") { write(provider, request, &$0) }
            },
            Operation(
                .delete, path + "/{service_provider_id}", policy: Rules.deleteServiceProvider, success: .noContent
            ) { request in
                try await providers.delete(
                    try request.id("service_provider_id", ServiceProviderKind.self), request.context)
                return .empty()
            },
        ]
    }

    private func write(_ provider: ServiceProvider, _ request: APIRequest, _ json: inout JSONWriter) {
        json.object {
            $0.field("id", provider.id)
            $0.field("auth_url", provider.authURL)
            $0.field("sp_url", provider.url)
            $0.field("enabled", provider.isEnabled)
            $0.field("description", provider.description)
            $0.field("relay_state_prefix", provider.relayStatePrefix)
            View(request).selfLink(
                &$0, "/OS-FEDERATION/service_providers/\(PercentCoding.encode(provider.id.rawValue))")
        }
    }
}

extension ServiceProvider {
    mutating func apply(_ body: JSONValue) {
        if let url = body["auth_url"]?.string { authURL = url }
        if let url = body["sp_url"]?.string { self.url = url }
        if let isEnabled = body["enabled"]?.flag { self.isEnabled = isEnabled }
        if let description = body["description"] { self.description = description.string }
        if let prefix = body["relay_state_prefix"]?.string { relayStatePrefix = prefix }
    }
}
