import AsyncHTTPClient
import Core
import FoundationEssentials
import NIOCore
import NIOHTTP1
import WebAPI

/// The two requests that this module makes of identity.
struct IdentityAPI: Sendable {
    let options: IdentityOptions
    let http: HTTPClient

    private static let maxBody = 4 << 20

    /// Logs this service in.
    /// - Throws: `.unavailable` when identity cannot be reached, or refuses the configured credentials.
    func login() async throws -> ServiceLogin {
        let body: JSONValue = [
            "auth": [
                "identity": [
                    "methods": ["password"],
                    "password": [
                        "user": [
                            "name": .string(options.username),
                            "domain": ["name": .string(options.userDomainName)],
                            "password": .string(options.password.reveal()),
                        ]
                    ],
                ],
                "scope": [
                    "project": [
                        "name": .string(options.projectName),
                        "domain": ["name": .string(options.projectDomainName)],
                    ]
                ],
            ]
        ]
        var request = HTTPClientRequest(url: "\(options.rootURL)/auth/tokens")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: body.jsonText))
        let (response, json) = try await send(request)
        guard response.status.code == 201, let token = response.headers.first(name: "X-Subject-Token"),
            let expires = json["token"]?["expires_at"]?.string.flatMap({ Date(iso8601: $0) })
        else {
            throw ServiceError(
                .unavailable, "Identity does not accept this service's credentials.",
                detail: "user \(options.username): status \(response.status.code)")
        }
        return ServiceLogin(
            token: token, expiresAt: expires, catalogue: Catalogue(json["token"]?["catalog"]),
            projectID: json["token"]?["project"]?["id"]?.string.map { ProjectID($0) },
            userID: json["token"]?["user"]?["id"]?.string.map { UserID($0) })
    }

    /// Asks what a token stands for.
    /// - Returns: nil when identity refuses `own`, the token we ask with.
    /// - Throws: `.unauthorized` when `token` is not valid.
    func validate(_ token: String, with own: String) async throws -> TokenInfo? {
        var request = HTTPClientRequest(url: "\(options.rootURL)/auth/tokens?nocatalog")
        request.headers.add(name: "X-Auth-Token", value: own)
        request.headers.add(name: "X-Subject-Token", value: token)
        // Access rules are shown only to those who say that they enforce them.
        request.headers.add(name: "OpenStack-Identity-Access-Rules", value: "1.0")
        let (response, json) = try await send(request)
        switch response.status.code {
        case 200:
            guard let info = TokenInfo(identity: json["token"] ?? .null) else {
                throw ServiceError(.badGateway, "Identity's answer cannot be understood.")
            }
            return info
        case 401: return nil
        case 404: throw ServiceError(.unauthorized, "The token is not valid.")
        default:
            throw ServiceError(
                .unavailable, "Tokens cannot be checked now.", detail: "identity: status \(response.status.code)")
        }
    }

    private func send(_ request: HTTPClientRequest) async throws -> (HTTPClientResponse, JSONValue) {
        var request = request
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "User-Agent", value: "apus")
        RequestCost.current?.countCall("\(request.method.rawValue) identity")
        do {
            let response = try await http.execute(request, timeout: TimeAmount(options.timeout))
            let body = try await response.body.collect(upTo: Self.maxBody)
            let json = body.readableBytes == 0 ? JSONValue.null : try JSONValue.parse(body.readableBytesView)
            return (response, json)
        } catch {
            throw ServiceError(.unavailable, "Identity cannot be reached now.", detail: options.rootURL, cause: error)
        }
    }
}
