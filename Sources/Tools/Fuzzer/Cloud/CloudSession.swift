import Core

/// Calls the cloud as an ordinary client, to make and remove what the fuzzing is about.
struct CloudSession: Sendable {
    let token: String
    let userID: String
    let projectID: String
    let endpoints: [ServiceName: Endpoint]
    /// The part of each catalogue URL after the authority.
    private let paths: [ServiceName: String]

    static func login(_ login: CloudLogin) async throws -> CloudSession {
        try await authenticate(
            login.authURL,
            [
                "identity": [
                    "methods": ["password"],
                    "password": [
                        "user": [
                            "name": .string(login.username), "password": .string(login.password),
                            "domain": ["id": .string(login.domain)],
                        ]
                    ],
                ],
                "scope": ["project": ["name": .string(login.project), "domain": ["id": .string(login.domain)]]],
            ])
    }

    static func authenticate(_ url: String, _ auth: JSONValue) async throws -> CloudSession {
        guard let endpoint = Endpoint(url: url) else {
            throw ConfigurationError("\(url): the fuzzer speaks plain HTTP only")
        }
        var request = WireRequest(method: "POST", target: "/v3/auth/tokens")
        request.headers = [("Host", endpoint.authority), ("Content-Type", "application/json")]
        request.body = Array(JSONValue.object(["auth": auth]).jsonText.utf8)
        let outcome = await WireExchange.run(endpoint, [.send(request.bytes)], deadline: .seconds(30))
        guard let answer = outcome.responses.first, answer.status == 201,
            let token = answer.header("X-Subject-Token"), let body = answer.json?["token"]
        else {
            throw ServiceError(
                .unauthorized, "No token from \(url): \(outcome.responses.first?.text ?? "\(outcome.end)")")
        }
        return CloudSession(token, body)
    }

    private init(_ token: String, _ body: JSONValue) {
        self.token = token
        userID = body["user"]?["id"]?.string ?? ""
        projectID = body["project"]?["id"]?.string ?? ""
        var endpoints: [ServiceName: Endpoint] = [:]
        var paths: [ServiceName: String] = [:]
        for service in ServiceName.allCases {
            let entries = body["catalog"]?.array ?? []
            for type in service.catalogueTypes.reversed() {
                guard let entry = entries.first(where: { $0["type"]?.string == type }),
                    let url = entry["endpoints"]?.array?.first(where: { $0["interface"]?.string == "public" })?["url"]?
                        .string, let endpoint = Endpoint(url: url)
                else { continue }
                endpoints[service] = endpoint
                paths[service] = String(url.dropFirst(7).drop { $0 != "/" })
            }
        }
        self.endpoints = endpoints
        self.paths = paths
    }

    /// One request. The path is the whole one: `/v3/users`.
    func call(
        _ service: ServiceName, _ method: String, _ path: String, _ body: JSONValue? = nil,
        headers: [(String, String)] = []
    ) async -> WireResponse? {
        guard let endpoint = endpoints[service] else { return nil }
        var request = WireRequest(method: method, target: path)
        request.headers = [("Host", endpoint.authority), ("X-Auth-Token", token), ("Accept", "application/json")]
        request.headers += headers.map { (name: $0.0, value: $0.1) }
        if let body {
            request.headers.append(("Content-Type", "application/json"))
            request.body = Array(body.jsonText.utf8)
        }
        return await WireExchange.run(
            endpoint, [.send(request.bytes)], isHead: method == "HEAD", deadline: .seconds(60)
        ).responses.first
    }
}
