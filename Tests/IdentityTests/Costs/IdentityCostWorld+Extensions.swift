import Core
import HTTPTypes
import TestSupport
import WebAPI

@testable import Identity

/// What the extensions' requests need.
extension IdentityCostWorld {
    static let options = """
        [federation]
        proxy_secret = shared
        remote_id_attribute = HTTP_OIDC_ISS
        trusted_dashboard = http://dashboard/
        """

    mutating func fillExtensions() async throws {
        for index in 0..<size {
            try await send(
                "PUT", "OS-FEDERATION/identity_providers/idp\(index)",
                ["identity_provider": ["enabled": true, "remote_ids": index == 0 ? ["http://idp"] : remoteIDs()]])
            try await send("PUT", "OS-FEDERATION/mappings/mapping\(index)", mapping)
            try await send(
                "PUT", "OS-FEDERATION/identity_providers/idp\(index)/protocols/openid",
                ["protocol": ["mapping_id": "mapping0"]])
            try await send(
                "PUT", "OS-FEDERATION/service_providers/sp\(index)",
                ["service_provider": ["auth_url": "http://a", "sp_url": "http://b", "enabled": true]])
            set("access_token_id", try await accessToken())
            try await send(
                "PUT", "domains/\(domains[0])/config", ["config": ["ldap": ["url": "a", "suffix": "b"]]])
        }
        for (name, id) in [
            ("idp_id", "idp0"), ("mapping_id", "mapping0"), ("protocol_id", "openid"), ("service_provider_id", "sp0"),
        ] { set(name, id) }
    }

    var mapping: JSONValue {
        [
            "mapping": [
                "rules": [
                    [
                        "local": [["user": ["name": "{0}"]], ["groups": "{1}", "domain": ["id": "default"]]],
                        "remote": [["type": "HTTP_OIDC_SUB"], ["type": "HTTP_OIDC_GROUPS"]],
                    ]
                ]
            ]
        ]
    }

    func remoteIDs() -> JSONValue { .array((0..<size).map { _ in .string(ids.hex()) }) }

    /// What the proxy says of a user who has been here before, in `size` groups.
    func assertion() throws -> HTTPFields {
        [
            .proxySecret: "shared", try field("OIDC-iss"): "http://idp", try field("OIDC-sub"): "bob",
            try field("OIDC-groups"): (0..<size).map { "group\($0)" }.joined(separator: ";"),
        ]
    }

    private func field(_ name: String) throws -> HTTPField.Name {
        guard let field = HTTPField.Name(name) else { throw ServiceError(.internal, name) }
        return field
    }

    // MARK: OAuth and EC2

    func keyPair() async throws -> OAuthConsumer.Token {
        let made = try await send("POST", "users/\(user)/credentials/OS-EC2", ["tenant_id": .string(project)])[
            "credential"]
        return (made?["access"]?.string ?? "", made?["secret"]?.string ?? "")
    }

    func consumer() async throws -> OAuthConsumer {
        OAuthConsumer(try await send("POST", "OS-OAUTH1/consumers", ["consumer": ["description": "c"]]))
    }

    func signed(
        _ consumer: OAuthConsumer, _ path: String, _ token: OAuthConsumer.Token? = nil, _ verifier: String? = nil
    ) throws -> HTTPFields {
        [
            .authorization: consumer.authorization(
                path, at: identity.env.clock.now(), nonce: ids.hex(), token: token, verifier: verifier)
        ]
    }

    func requestToken(_ consumer: OAuthConsumer) async throws -> OAuthConsumer.Token {
        var headers = try signed(consumer, "/OS-OAUTH1/request_token")
        headers[.requestedProject] = project
        let answer = try await api.send(.post, "/v3/OS-OAUTH1/request_token", headers: headers)
        return OAuthConsumer.token(String(decoding: answer.body, as: UTF8.self))
    }

    func authorized(_ consumer: OAuthConsumer) async throws -> (OAuthConsumer.Token, verifier: String) {
        let token = try await requestToken(consumer)
        let granted = try await send(
            "PUT", "OS-OAUTH1/authorize/\(token.id)", ["roles": .array(roles.map { ["id": .string($0)] })])
        return (token, granted["token"]?["oauth_verifier"]?.string ?? "")
    }

    /// - Returns: the id of a new access token for all roles.
    func accessToken() async throws -> String {
        let consumer = try await consumer()
        let (token, verifier) = try await authorized(consumer)
        let answer = try await api.send(
            .post, "/v3/OS-OAUTH1/access_token",
            headers: try signed(consumer, "/OS-OAUTH1/access_token", token, verifier))
        return OAuthConsumer.token(String(decoding: answer.body, as: UTF8.self)).id
    }
}
