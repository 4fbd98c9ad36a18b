import Core
import Crypto
import FoundationEssentials
import HTTPTypes
import TestSupport
import Testing
import WebAPI

@testable import Identity

/// EC2 key pairs, OAuth access tokens and client credentials: what they give, and that it is never more.
@Suite(.enabled(if: TestServices.isDatabaseAvailable))
struct DelegationAPITests {
    // MARK: EC2

    private func signed(
        _ access: String, _ secret: String, at time: Date?, host: String = "cloud:8773"
    ) -> JSONValue { EC2Request.body(access, secret, at: time, host: host) }

    private func keyPair(
        _ world: APIWorld, _ user: String, _ project: String
    ) async throws -> (access: String, secret: String) {
        let made = try await world.make(
            "POST", "/users/\(user)/credentials/OS-EC2", ["tenant_id": .string(project)])["credential"]
        return (made?["access"]?.string ?? "", made?["secret"]?.string ?? "")
    }

    @Test func aSignedRequestGetsItsUsersToken() async throws {
        try await APIWorld.run { world in
            let (user, project) = try await world.newUser("u")
            let pair = try await keyPair(world, user, project)
            let now = world.identity.env.clock.now()
            let good = signed(pair.access, pair.secret, at: now)
            let answer = try await world.call("POST", "/ec2tokens", good)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.body["token"]?["user"]?["id"]?.string == user)
            #expect(answer.body["token"]?["project"]?["id"]?.string == project)
            #expect(answer.body["token"]?["methods"] == ["ec2credential"])
            // Signed for the host without its port, as some clients do.
            let portless = signed(pair.access, pair.secret, at: now, host: "cloud")
            #expect(try await world.status("POST", "/ec2tokens", portless) == 200)
            #expect(try await world.status("POST", "/ec2tokens", signed(pair.access, "x", at: now)) == 401)
            #expect(try await world.status("POST", "/ec2tokens", signed("x", pair.secret, at: now)) == 404)
            #expect(try await world.status("POST", "/ec2tokens", [:]) == 400)
        }
    }

    /// Otherwise whoever has seen a request once could repeat it for ever.
    @Test func signaturesGrowOld() async throws {
        try await APIWorld.run { world in
            let (user, project) = try await world.newUser("u")
            let pair = try await keyPair(world, user, project)
            let now = world.identity.env.clock.now()
            for time in [now.addingTimeInterval(-901), now.addingTimeInterval(901), nil] {
                #expect(try await world.status("POST", "/ec2tokens", signed(pair.access, pair.secret, at: time)) == 401)
            }
        }
    }

    @Test func onlyServicesAndAdministratorsCheckSignatures() async throws {
        try await APIWorld.run { world in
            let (user, project) = try await world.newUser("u")
            let pair = try await keyPair(world, user, project)
            let request = signed(pair.access, pair.secret, at: world.identity.env.clock.now())
            let own = try await world.token(of: user, in: project)
            #expect(try await world.status("POST", "/ec2tokens", request, token: own) == 403)
            #expect(try await world.status("POST", "/ec2tokens", request, token: "") == 401)
            #expect(try await world.status("POST", "/s3tokens", request, token: own) == 403)
            let (service, services) = try await world.newUser("service-user", role: "service")
            let token = try await world.token(of: service, in: services)
            #expect(try await world.status("POST", "/ec2tokens", request, token: token) == 200)
        }
    }

    /// A token of a key pair is as narrow as the pair: it cannot become another, nor make or read credentials.
    @Test func tokensOfKeyPairsStayWhatTheyAre() async throws {
        try await APIWorld.run { world in
            let (user, project) = try await world.newUser("u")
            let pair = try await keyPair(world, user, project)
            let answer = try await world.call(
                "POST", "/ec2tokens", signed(pair.access, pair.secret, at: world.identity.env.clock.now()))
            let token = try #require(answer.headers[.subjectToken])
            let exchange: JSONValue = [
                "auth": ["identity": ["methods": ["token"], "token": ["id": .string(token)]]]
            ]
            #expect(try await world.status("POST", "/auth/tokens", exchange, token: "") == 403)
            let credential: JSONValue = ["application_credential": ["name": "a"]]
            let path = "/users/\(user)/application_credentials"
            #expect(try await world.status("POST", path, credential, token: token) == 403)
            let ec2 = "/users/\(user)/credentials/OS-EC2"
            #expect(try await world.status("GET", ec2, token: token) == 403)
            #expect(try await world.status("POST", ec2, ["tenant_id": .string(project)], token: token) == 403)
            #expect(try await world.call("GET", "/credentials", token: token).body["credentials"] == [])
            let trust: JSONValue = [
                "trust": [
                    "trustor_user_id": .string(user), "trustee_user_id": .string(user), "impersonation": true,
                    "project_id": .string(project), "roles": [["name": "member"]],
                ]
            ]
            #expect(try await world.status("POST", "/OS-TRUST/trusts", trust, token: token) == 403)
        }
    }

    @Test func objectStoresCheckTheirSignatures() async throws {
        try await APIWorld.run { world in
            let (user, project) = try await world.newUser("u")
            let pair = try await keyPair(world, user, project)
            func body(_ text: String, _ signature: String) -> JSONValue {
                [
                    "credentials": [
                        "access": .string(pair.access), "token": .string(Base64URL.encode(Array(text.utf8))),
                        "signature": .string(signature),
                    ]
                ]
            }
            func version2(_ date: String, _ headers: String = "") async throws -> APIWorld.Answer {
                let text = "GET\n\n\n\(date)\n\(headers)/bucket"
                let mac = HMAC<Insecure.SHA1>.authenticationCode(
                    for: Array(text.utf8), using: SymmetricKey(data: Array(pair.secret.utf8)))
                let signature = Base64.encode(Array(mac))
                #expect(try await world.status("POST", "/s3tokens", body(text + "x", signature)) == 401)
                return try await world.call("POST", "/s3tokens", body(text, signature))
            }
            let present = S3Request.mailDate(world.identity.env.clock.now())
            let answer = try await version2(present)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.headers[.subjectToken] == nil)
            #expect(try await version2("", "x-amz-date:\(present)\n").status == 200)
            // What was signed once is not good for ever.
            for date in ["Thu, 17 Nov 2005 18:49:58 GMT", "", "yesterday"] {
                #expect(try await version2(date).status == 401, "\(date)")
            }
            #expect(try await version2("", "x-amz-date:Thu, 17 Nov 2005 18:49:58 GMT\n").status == 401)
            // A presigned address says itself when it ends.
            let seconds = Int(world.identity.env.clock.now().timeIntervalSince1970)
            #expect(try await version2("\(seconds + 100_000)").status == 200)
            #expect(try await version2("\(seconds - 1)").status == 401)

            func version4(_ time: Date, service: String = "s3") -> JSONValue {
                ["credentials": S3Request.credentials(pair.access, pair.secret, at: time, service: service)]
            }
            let now = world.identity.env.clock.now()
            #expect(try await world.status("POST", "/s3tokens", version4(now)) == 200)
            #expect(try await world.status("POST", "/s3tokens", version4(now, service: "ec2")) == 401)
            #expect(try await world.status("POST", "/s3tokens", version4(now.addingTimeInterval(-1000))) == 401)
        }
    }

    // MARK: OAuth 1.0a

    private struct Consumer {
        var world: APIWorld
        var consumer: OAuthConsumer
        var id: String { consumer.id }

        func headers(
            _ path: String, nonce: String, token: OAuthConsumer.Token? = nil, verifier: String? = nil
        ) -> [String: String] {
            let now = world.identity.env.clock.now()
            return [
                "Authorization": consumer.authorization(path, at: now, nonce: nonce, token: token, verifier: verifier)
            ]
        }
    }

    /// The whole dance. - Returns: the consumer and the access token.
    private func accessToken(
        _ world: APIWorld, _ project: String
    ) async throws -> (Consumer, OAuthConsumer.Token) {
        let made = try await world.make("POST", "/OS-OAUTH1/consumers", ["consumer": ["description": "c"]])
        let consumer = Consumer(world: world, consumer: OAuthConsumer(made))
        let path = "/OS-OAUTH1/request_token"
        var headers = consumer.headers(path, nonce: "one")
        headers["Requested-Project-Id"] = project
        let asked = try await world.call("POST", path, token: "", headers: headers)
        #expect(asked.status == 201, "\(asked.text)")
        // The same request again is a replay.
        #expect(try await world.call("POST", path, token: "", headers: headers).status == 401)
        let request = OAuthConsumer.token(asked.text)
        let granted = try await world.make(
            "PUT", "/OS-OAUTH1/authorize/\(request.id)", ["roles": [["name": "member"]]])
        let verifier = granted["token"]?["oauth_verifier"]?.string ?? ""
        let access = "/OS-OAUTH1/access_token"
        let wrong = consumer.headers(access, nonce: "two", token: request, verifier: "abcdefgh")
        #expect(try await world.call("POST", access, token: "", headers: wrong).status == 401)
        let right = consumer.headers(access, nonce: "three", token: request, verifier: verifier)
        let answer = try await world.call("POST", access, token: "", headers: right)
        #expect(answer.status == 201, "\(answer.text)")
        let again = consumer.headers(access, nonce: "four", token: request, verifier: verifier)
        #expect(try await world.call("POST", access, token: "", headers: again).status == 404)
        return (consumer, OAuthConsumer.token(answer.text))
    }

    @Test func aConsumerGetsTheRolesThatAUserGranted() async throws {
        try await APIWorld.run { world in
            let admin = try await world.identity.user("admin").id.rawValue
            let project = try await world.identity.project(named: "admin").id.rawValue
            let (consumer, access) = try await accessToken(world, project)
            let auth: JSONValue = ["auth": ["identity": ["methods": ["oauth1"], "oauth1": [:]]]]
            let headers = consumer.headers("/auth/tokens", nonce: "five", token: access)
            let answer = try await world.call("POST", "/auth/tokens", auth, token: "", headers: headers)
            #expect(answer.status == 201, "\(answer.text)")
            #expect(answer.body["token"]?["OS-OAUTH1"]?["access_token_id"]?.string == access.id)
            #expect(answer.body["token"]?["OS-OAUTH1"]?["consumer_id"]?.string == consumer.id)
            // The administrator's own role was not granted.
            #expect(answer.body["token"]?["roles"]?.array?.compactMap { $0["name"]?.string } == ["member", "reader"])
            #expect(try await world.call("POST", "/auth/tokens", auth, token: "", headers: headers).status == 401)

            let token = try #require(answer.headers[.subjectToken])
            let exchange: JSONValue = [
                "auth": ["identity": ["methods": ["token"], "token": ["id": .string(token)]]]
            ]
            #expect(try await world.status("POST", "/auth/tokens", exchange, token: "") == 403)

            let path = "/users/\(admin)/OS-OAUTH1/access_tokens"
            let listed = try await world.call("GET", path)
            #expect(listed.body["access_tokens"]?[0]?["id"]?.string == access.id)
            #expect(!listed.text.contains(access.secret))
            let roles = try await world.call("GET", path + "/\(access.id)/roles").body["roles"]
            #expect(roles?.array?.compactMap { $0["name"]?.string } == ["member"])
            #expect(try await world.status("GET", "/auth/projects", token: token) == 200)
            #expect(try await world.status("DELETE", path + "/\(access.id)") == 204)
            #expect(try await world.status("GET", "/auth/projects", token: token) == 401)
        }
    }

    @Test func deletingAConsumerVoidsItsTokens() async throws {
        try await APIWorld.run { world in
            let project = try await world.identity.project(named: "admin").id.rawValue
            let (consumer, access) = try await accessToken(world, project)
            let auth: JSONValue = ["auth": ["identity": ["methods": ["oauth1"], "oauth1": [:]]]]
            let headers = consumer.headers("/auth/tokens", nonce: "six", token: access)
            let answer = try await world.call("POST", "/auth/tokens", auth, token: "", headers: headers)
            let token = try #require(answer.headers[.subjectToken])
            #expect(try await world.status("DELETE", "/OS-OAUTH1/consumers/\(consumer.id)") == 204)
            #expect(try await world.status("GET", "/auth/projects", token: token) == 401)
        }
    }

    @Test func oauthRequestsAreOfThePresent() async throws {
        try await APIWorld.run { world in
            let project = try await world.identity.project(named: "admin").id.rawValue
            let (consumer, access) = try await accessToken(world, project)
            let auth: JSONValue = ["auth": ["identity": ["methods": ["oauth1"], "oauth1": [:]]]]
            let headers = consumer.headers("/auth/tokens", nonce: "seven", token: access)
            world.identity.clock.advance(by: .seconds(601))
            #expect(try await world.call("POST", "/auth/tokens", auth, token: "", headers: headers).status == 401)
        }
    }

    // MARK: OAuth 2.0

    @Test func anApplicationCredentialIsAnOAuth2Client() async throws {
        try await APIWorld.run { world in
            let (user, project) = try await world.newUser("u")
            let own = try await world.token(of: user, in: project)
            let made = try await world.call(
                "POST", "/users/\(user)/application_credentials", ["application_credential": ["name": "a"]],
                token: own
            ).body["application_credential"]
            let id = made?["id"]?.string ?? ""
            let secret = made?["secret"]?.string ?? ""
            let grant = "grant_type=client_credentials"
            let basic = ["Authorization": "Basic " + Base64.encode(Array("\(id):\(secret)".utf8))]
            let answer = try await world.call("POST", "/OS-OAUTH2/token", token: "", headers: basic, form: grant)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.body["token_type"] == "Bearer")
            let token = try #require(answer.body["access_token"]?.string)
            #expect(try await world.status("GET", "/auth/projects", token: token) == 200)
            let inForm = try await world.call(
                "POST", "/OS-OAUTH2/token", token: "", form: grant + "&client_id=\(id)&client_secret=\(secret)")
            #expect(inForm.status == 200)

            let none = try await world.call("POST", "/OS-OAUTH2/token", token: "", form: grant)
            #expect(none.status == 401)
            #expect(none.body["error"] == "invalid_client")
            let wrong = ["Authorization": "Basic " + Base64.encode(Array("\(id):x".utf8))]
            #expect(
                try await world.call("POST", "/OS-OAUTH2/token", token: "", headers: wrong, form: grant).status == 401)
            let other = try await world.call(
                "POST", "/OS-OAUTH2/token", token: "", headers: basic, form: "grant_type=password")
            #expect(other.body["error"] == "unsupported_grant_type")
            let bare = try await world.call("POST", "/OS-OAUTH2/token", token: "", headers: basic, form: "x=y")
            #expect(bare.body["error"] == "invalid_request")
        }
    }
}
