import Core
import HTTPTypes
import TestSupport

@testable import Identity

/// Requests for the API's extensions.
extension IdentitySurvey {
    mutating func addExtensions() {
        addDomainConfiguration()
        addPolicyAssociations()
        addOAuth()
        addFederation()
        for path in ["/OS-SIMPLE-CERT/ca", "/OS-SIMPLE-CERT/certificates"] { v3("GET", path) { $1.status = 410 } }
    }

    private mutating func addDomainConfiguration() {
        v3("PUT", "/domains/{domain_id}/config") { $1.json = ["config": ["ldap": ["url": "a", "suffix": "b"]]] }
        for part in ["", "/{group}", "/{group}/{option}"] {
            v3("GET", "/domains/config\(part)/default", Self.part)
            v3("GET", "/domains/{domain_id}/config" + part, Self.part)
            v3("PATCH", "/domains/{domain_id}/config" + part) { world, request in
                Self.part(world, &request)
                request.json =
                    part.contains("option") ? ["config": ["url": "c"]] : ["config": ["ldap": ["url": "c"]]]
            }
        }
        for part in ["/{group}/{option}", "/{group}", ""] {
            v3("DELETE", "/domains/{domain_id}/config" + part) { world, request in
                Self.part(world, &request)
                try await world.send(
                    "PUT", "domains/\(world.domains[0])/config", ["config": ["ldap": ["url": "a"]]])
            }
        }
    }

    private static func part(_ world: IdentityCostWorld, _ request: inout SampleRequest) {
        request["group"] = "ldap"
        request["option"] = "url"
    }

    private mutating func addPolicyAssociations() {
        let path = "/policies/{policy_id}/OS-ENDPOINT-POLICY"
        for target in [
            "/endpoints/{endpoint_id}", "/services/{service_id}", "/services/{service_id}/regions/{region_id}",
        ] {
            v3("PUT", path + target)
            v3("GET", path + target)
        }
        v3("GET", path + "/endpoints")
        v3("GET", "/endpoints/{endpoint_id}/OS-ENDPOINT-POLICY/policy")
        for target in [
            "/endpoints/{endpoint_id}", "/services/{service_id}", "/services/{service_id}/regions/{region_id}",
        ] {
            v3("DELETE", path + target) { world, request in
                let filled = target.split(separator: "/").map { part in
                    part.hasPrefix("{") ? world.ones[part.filter { !"{}".contains($0) }] ?? "" : String(part)
                }
                try await world.send(
                    "PUT",
                    "policies/\(world.ones["policy_id"] ?? "")/OS-ENDPOINT-POLICY/" + filled.joined(separator: "/"))
            }
        }
    }

    // MARK: OAuth and EC2

    private mutating func addOAuth() {
        v3("POST", "/ec2tokens") { world, request in
            let pair = try await world.keyPair()
            request.json = EC2Request.body(pair.id, pair.secret, at: world.identity.env.clock.now())
        }
        v3("POST", "/s3tokens") { world, request in
            let pair = try await world.keyPair()
            request.json = [
                "credentials": S3Request.credentials(pair.id, pair.secret, at: world.identity.env.clock.now())
            ]
        }
        v3("POST", "/OS-OAUTH1/request_token") { world, request in
            let consumer = try await world.consumer()
            request.headers = try world.signed(consumer, "/OS-OAUTH1/request_token")
            request.headers[.requestedProject] = world.project
        }
        v3("PUT", "/OS-OAUTH1/authorize/{request_token_id}") { world, request in
            request["request_token_id"] = try await world.requestToken(try await world.consumer()).id
            request.json = ["roles": .array(world.roles.map { ["id": .string($0)] })]
        }
        v3("POST", "/OS-OAUTH1/access_token") { world, request in
            let consumer = try await world.consumer()
            let (token, verifier) = try await world.authorized(consumer)
            request.headers = try world.signed(consumer, "/OS-OAUTH1/access_token", token, verifier)
        }
        let path = "/users/{user_id}/OS-OAUTH1/access_tokens"
        v3("GET", path)
        for rest in ["", "/roles", "/roles/{role_id}"] { v3("GET", path + "/{access_token_id}" + rest) }
        v3("DELETE", path + "/{access_token_id}") { $1["access_token_id"] = try await $0.accessToken() }
        v3("POST", "/OS-OAUTH2/token") { world, request in
            let made = try await world.applicationCredential(world.ids.uuid())
            request.bytes = Array(
                """
                grant_type=client_credentials&client_id=\(made["id"]?.string ?? "")\
                &client_secret=\(made["secret"]?.string ?? "")
                """.utf8)
        }
    }

    // MARK: Federation

    private mutating func addFederation() {
        let base = "/OS-FEDERATION"
        let provider = base + "/identity_providers/{idp_id}"
        for (path, parameter) in [
            ("identity_providers", "idp_id"), ("mappings", "mapping_id"), ("service_providers", "service_provider_id"),
        ] {
            v3("GET", "\(base)/\(path)")
            v3("GET", "\(base)/\(path)/{\(parameter)}")
        }
        v3("PUT", provider) {
            $1["idp_id"] = $0.ids.hex()
            $1.json = ["identity_provider": ["remote_ids": $0.remoteIDs()]]
        }
        v3("PATCH", provider) {
            $1["idp_id"] = "idp1"
            $1.json = ["identity_provider": ["remote_ids": $0.remoteIDs()]]
        }
        v3("DELETE", provider) {
            $1["idp_id"] = $0.ids.hex()
            try await $0.send(
                "PUT", "OS-FEDERATION/identity_providers/\($1["idp_id"] ?? "")", ["identity_provider": [:]])
        }
        v3("PUT", base + "/mappings/{mapping_id}") {
            $1["mapping_id"] = $0.ids.hex()
            $1.json = $0.mapping
        }
        v3("PATCH", base + "/mappings/{mapping_id}") { $1.json = $0.mapping }
        v3("DELETE", base + "/mappings/{mapping_id}") {
            $1["mapping_id"] = $0.ids.hex()
            try await $0.send("PUT", "OS-FEDERATION/mappings/\($1["mapping_id"] ?? "")", $0.mapping)
        }
        v3("GET", provider + "/protocols")
        v3("GET", provider + "/protocols/{protocol_id}")
        for method in ["PUT", "PATCH", "DELETE"] {
            v3(method, provider + "/protocols/{protocol_id}") { world, request in
                request["protocol_id"] = world.ids.hex()
                let body: JSONValue = ["protocol": ["mapping_id": .string(world.ones["mapping_id"] ?? "")]]
                let path = "OS-FEDERATION/identity_providers/\(world.ones["idp_id"] ?? "")/protocols"
                if method != "PUT" { try await world.send("PUT", "\(path)/\(request["protocol_id"] ?? "")", body) }
                request.json = method == "DELETE" ? nil : body
            }
        }
        let body: JSONValue = ["service_provider": ["auth_url": "http://a", "sp_url": "http://b"]]
        for method in ["PUT", "PATCH", "DELETE"] {
            v3(method, base + "/service_providers/{service_provider_id}") { world, request in
                request["service_provider_id"] = world.ids.hex()
                let path = "OS-FEDERATION/service_providers/\(request["service_provider_id"] ?? "")"
                if method != "PUT" { try await world.send("PUT", path, body) }
                request.json = method == "DELETE" ? nil : body
            }
        }
        addFederatedLogins(provider + "/protocols/{protocol_id}")
        for path in ["projects", "domains"] { v3("GET", "\(base)/\(path)") }
        v3("GET", base + "/saml2/metadata") { $1.status = 400 }
        for path in ["saml2", "saml2/ecp"] { v3("POST", "/auth\(base)/\(path)") { $1.status = 400 } }
    }

    private mutating func addFederatedLogins(_ way: String) {
        for method in ["GET", "POST"] {
            v3(method, way + "/auth") { $1.headers = try $0.assertion() }
            for path in ["/auth\(way)/websso", "/auth/OS-FEDERATION/websso/{protocol_id}"] {
                v3(method, path) {
                    $1.headers = try $0.assertion()
                    $1.query = "origin=http://dashboard/"
                }
            }
        }
    }
}
