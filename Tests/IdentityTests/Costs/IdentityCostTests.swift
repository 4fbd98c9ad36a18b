import Core
import HTTPTypes
import TestSupport
import Testing
import WebAPI

@testable import Identity

@Suite(.enabled(if: TestServices.isDatabaseAvailable)) struct IdentityCostTests {
    /// Requests that make more queries than others of their kind. A list that may only shrink.
    private static let heavy: Set<String> = [
        "GET /v3/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}/auth",
        "GET /v3/auth/OS-FEDERATION/identity_providers/{idp_id}/protocols/{protocol_id}/websso",
        "GET /v3/auth/OS-FEDERATION/websso/{protocol_id}", "GET /v3/role_assignments #effective",
        "DELETE /v3/domains/{domain_id}",
    ]

    /// The recorded table is `Tests/Golden/queries/identity.json`; APUS_UPDATE_GOLDEN=1 writes it.
    @Test func noRouteOfIdentityCostsMoreWithMoreRows() async throws {
        let survey = identitySurvey()
        let reports = Reports()
        for size in [3, 12] {
            try await IdentityCostWorld.run(size) { world, api in
                await reports.add(try await survey.measure(world, api), api.description)
            }
        }
        let (few, many, description) = try await reports.result()
        let problems = try survey.problems(
            few: few, many: many, of: description, golden: Golden.path("queries/identity.json"))
        for problem in problems { Issue.record("\(problem)") }
        // What reads makes few queries; what changes something checks it first, under the bound that it has.
        for (key, count) in few.queries.sorted(by: { $0.key < $1.key }) {
            let bound = key.hasPrefix("GET") || key.hasPrefix("HEAD") ? 6 : 20
            let isKnown = Self.heavy.contains(key)
            if count > bound, !isKnown { Issue.record("\(key): \(count) queries, which is more than \(bound)") }
            if count <= bound, isKnown {
                Issue.record("\(key): does not belong in the list of heavy requests any more")
            }
        }
    }
}

typealias IdentitySurvey = CostSurvey<IdentityCostWorld>

extension IdentitySurvey {
    /// An operation under `/v3`, with the administrator's token and the parameters that the world has one of.
    mutating func v3(_ method: String, _ path: String, _ fill: @escaping Fill = { _, _ in }) {
        on("\(method) /v3\(path)") { world, request in
            request.token = world.token
            for (name, id) in world.ones { request[name] = id }
            request["user_id"] = world.user
            request["project_id"] = world.project
            request["role_id"] = world.roles[0]
            request["group_id"] = world.groups[0]
            request["domain_id"] = world.domains[0]
            try await fill(world, &request)
            // The caller's token is one that identity remembers: what the request itself costs is counted.
            try await world.send("GET", "limits/model")
        }
    }
}

/// A request for every operation of the Identity API.
func identitySurvey() -> IdentitySurvey {
    var survey = IdentitySurvey()
    survey.on("GET /") { $1.status = 300 }
    survey.on("GET /v3")
    addTokens(&survey)
    addPeople(&survey)
    addProjects(&survey)
    addRoles(&survey)
    addCatalog(&survey)
    addDelegation(&survey)
    addEndpointFilter(&survey)
    survey.addExtensions()
    survey.growing = [
        "POST /v3/registered_limits": "each limit of one request is checked by itself",
        "POST /v3/limits": "each limit of one request is checked by itself",
        "POST /v3/users/{user_id}/application_credentials": "each new access rule is looked for by itself",
    ]
    return survey
}

private let subject = HTTPField.Name("X-Subject-Token") ?? .authorization

private func addTokens(_ survey: inout IdentitySurvey) {
    survey.v3("POST", "/auth/tokens") { world, request in
        request.json = [
            "auth": [
                "identity": [
                    "methods": ["password"],
                    "password": ["user": ["id": .string(world.user), "password": "secret"]],
                ],
                "scope": ["project": ["id": .string(world.project)]],
            ]
        ]
    }
    survey.v3("GET", "/auth/tokens") { $1.headers[subject] = $0.token }
    survey.v3("DELETE", "/auth/tokens") { world, request in
        let other = try await world.identity.login("admin", "secret", scope: IdentityWorld.project("admin"))
        request.headers[subject] = other.text
    }
    for path in ["/auth/catalog", "/auth/projects", "/auth/domains", "/auth/system", "/OS-REVOKE/events"] {
        survey.v3("GET", path)
    }
    survey.v3("GET", "/auth/tokens/OS-PKI/revoked") { $1.status = 410 }
}

private func addPeople(_ survey: inout IdentitySurvey) {
    for (path, member) in [("users", "user"), ("groups", "group"), ("domains", "domain")] {
        survey.v3("GET", "/\(path)")
        survey.v3("GET", "/\(path)/{\(member)_id}")
        survey.v3("POST", "/\(path)") { $1.json = [member: ["name": .string($0.ids.uuid().filter { $0 != "-" })]] }
        survey.v3("PATCH", "/\(path)/{\(member)_id}") { world, request in
            request["user_id"] = world.users[1]
            request.json = [member: ["description": "new"]]
        }
    }
    survey.v3("DELETE", "/users/{user_id}") { world, request in
        request["user_id"] = try await world.make("users", "user", ["name": .string(world.ids.uuid())])
    }
    survey.v3("DELETE", "/groups/{group_id}") { $1["group_id"] = try await $0.fullGroup() }
    survey.v3("DELETE", "/domains/{domain_id}") { world, request in
        let domain = try await world.make("domains", "domain", ["name": .string(world.ids.hex())])
        for index in 0..<world.size {
            let name: JSONValue = .string("in\(index)")
            for (path, member) in [("users", "user"), ("groups", "group"), ("projects", "project")] {
                _ = try await world.make(path, member, ["name": name, "domain_id": .string(domain)])
            }
        }
        try await world.send("PATCH", "domains/\(domain)", ["domain": ["enabled": false]])
        request["domain_id"] = domain
    }
    survey.v3("GET", "/users/{user_id}/groups")
    survey.v3("GET", "/users/{user_id}/projects")
    survey.v3("POST", "/users/{user_id}/password") { world, request in
        request["user_id"] = try await world.make(
            "users", "user", ["name": .string(world.ids.uuid()), "password": "old"])
        request.json = ["user": ["original_password": "old", "password": "new"]]
    }
    survey.v3("GET", "/groups/{group_id}/users")
    for method in ["PUT", "GET", "DELETE"] {
        survey.v3(method, "/groups/{group_id}/users/{user_id}") {
            $1["group_id"] = $0.groups[1]
            $1["user_id"] = $0.users[1]
        }
    }
}

private func addProjects(_ survey: inout IdentitySurvey) {
    survey.v3("GET", "/projects")
    survey.v3("GET", "/projects/{project_id}") {
        $1["project_id"] = $0.projects[0]
        $1.query = "parents_as_list&subtree_as_list"
    }
    survey.v3("POST", "/projects") {
        $1.json = ["project": ["name": .string($0.ids.uuid()), "tags": $0.tags]]
    }
    survey.v3("PATCH", "/projects/{project_id}") {
        $1["project_id"] = $0.projects[0]
        $1.json = ["project": ["description": "new"]]
    }
    survey.v3("DELETE", "/projects/{project_id}") { $1["project_id"] = try await $0.fullProject($0.ids.uuid()) }
    survey.v3("GET", "/projects/{project_id}/tags") { $1["project_id"] = $0.projects[0] }
    survey.v3("PUT", "/projects/{project_id}/tags") {
        $1["project_id"] = $0.projects[0]
        $1.json = ["tags": $0.tags]
    }
    for method in ["PUT", "GET", "DELETE"] {
        survey.v3(method, "/projects/{project_id}/tags/{value}") {
            $1["project_id"] = $0.projects[0]
            $1["value"] = "new"
        }
    }
    survey.v3("DELETE", "/projects/{project_id}/tags") { $1["project_id"] = $0.projects[0] }
}

private func addRoles(_ survey: inout IdentitySurvey) {
    survey.v3("GET", "/roles")
    survey.v3("POST", "/roles") { $1.json = ["role": ["name": .string($0.ids.uuid())]] }
    survey.v3("GET", "/roles/{role_id}")
    survey.v3("PATCH", "/roles/{role_id}") { $1.json = ["role": ["description": "new"]] }
    survey.v3("DELETE", "/roles/{role_id}") {
        $1["role_id"] = try await $0.make("roles", "role", ["name": .string($0.ids.uuid())])
    }
    survey.v3("GET", "/roles/{role_id}/implies")
    survey.v3("GET", "/role_inferences")
    for method in ["PUT", "GET", "HEAD", "DELETE"] {
        survey.v3(method, "/roles/{role_id}/implies/{implied_role_id}") {
            $1["role_id"] = $0.roles[1]
            $1["implied_role_id"] = $0.roles[2]
        }
    }
    survey.v3("GET", "/role_assignments")
    survey.v3("GET", "/role_assignments #effective") { $1.query = "effective&include_names" }
    survey.v3("GET", "/role_assignments #user") { $1.query = "effective&user.id=\($0.user)" }
    for target in ["/projects/{project_id}", "/domains/{domain_id}", "/system"] {
        for actor in ["/users/{user_id}", "/groups/{group_id}"] {
            addGrants(&survey, "\(target)\(actor)/roles", "")
            guard target != "/system" else { continue }
            addGrants(&survey, "/OS-INHERIT\(target)\(actor)/roles", "/inherited_to_projects")
        }
    }
}

private func addGrants(_ survey: inout IdentitySurvey, _ path: String, _ suffix: String) {
    survey.v3("GET", path + suffix)
    for method in ["PUT", "GET", "DELETE"] {
        survey.v3(method, "\(path)/{role_id}\(suffix)") {
            $1["user_id"] = $0.users[2]
            $1["project_id"] = $0.projects[1]
            $1["domain_id"] = $0.domains[1]
            $1["role_id"] = $0.roles[2]
        }
    }
}

private func addCatalog(_ survey: inout IdentitySurvey) {
    let kinds: [(path: String, member: String, parameter: String)] = [
        ("regions", "region", "region_id"), ("services", "service", "service_id"),
        ("endpoints", "endpoint", "endpoint_id"), ("policies", "policy", "policy_id"),
        ("OS-OAUTH1/consumers", "consumer", "consumer_id"), ("credentials", "credential", "credential_id"),
    ]
    @Sendable func body(_ path: String, _ world: IdentityCostWorld) -> [String: JSONValue] {
        switch path {
        case "services": ["type": "new", "name": "new"]
        case "endpoints":
            ["interface": "public", "url": "http://192.0.2.1/", "service_id": .string(world.ones["service_id"] ?? "")]
        case "policies": ["blob": "{}", "type": "json"]
        case "credentials": world.credential()
        default: ["description": "new"]
        }
    }
    for (path, member, parameter) in kinds {
        survey.v3("GET", "/\(path)")
        survey.v3("GET", "/\(path)/{\(parameter)}")
        survey.v3("POST", "/\(path)") { $1.json = [member: .object(body(path, $0))] }
        survey.v3("PATCH", "/\(path)/{\(parameter)}") { _, request in
            request.json = [member: path == "credentials" ? ["type": "cert"] : ["description": "new"]]
        }
        survey.v3("DELETE", "/\(path)/{\(parameter)}") {
            $1[parameter] = try await $0.make(path, member, body(path, $0))
        }
    }
    survey.v3("PUT", "/regions/{region_id}") {
        $1["region_id"] = "put"
        $1.json = ["region": ["description": "d"]]
    }
    for path in ["registered_limits", "limits"] {
        let parameter = path == "limits" ? "limit_id" : "registered_limit_id"
        survey.v3("GET", "/\(path)")
        survey.v3("GET", "/\(path)/{\(parameter)}")
        survey.v3("POST", "/\(path)") { world, request in
            var bodies: [JSONValue] = []
            for index in 0..<world.size {
                let name = "new\(index)\(world.ids.uuid())"
                if path == "limits" { _ = try await world.registeredLimit(name) }
                bodies.append(path == "limits" ? world.limitBody(name) : world.registeredLimitBody(name))
            }
            request.json = [path: .array(bodies)]
        }
        survey.v3("PATCH", "/\(path)/{\(parameter)}") { _, request in
            request.json =
                path == "limits" ? ["limit": ["resource_limit": 4]] : ["registered_limit": ["description": "d"]]
        }
        survey.v3("DELETE", "/\(path)/{\(parameter)}") { world, request in
            let name = world.ids.uuid()
            let registered = try await world.registeredLimit(name)
            request[parameter] = path == "limits" ? try await world.limit(name) : registered
        }
    }
    survey.v3("GET", "/limits/model")
}

private func addDelegation(_ survey: inout IdentitySurvey) {
    let ec2 = "/users/{user_id}/credentials/OS-EC2"
    survey.v3("GET", ec2)
    survey.v3("POST", ec2) { $1.json = ["tenant_id": .string($0.project)] }
    survey.v3("GET", ec2 + "/{access}")
    survey.v3("DELETE", ec2 + "/{access}")
    survey.v3("GET", "/OS-TRUST/trusts")
    survey.v3("POST", "/OS-TRUST/trusts") { $1.json = ["trust": .object($0.trustBody)] }
    for rest in ["", "/roles", "/roles/{role_id}"] { survey.v3("GET", "/OS-TRUST/trusts/{trust_id}\(rest)") }
    survey.v3("DELETE", "/OS-TRUST/trusts/{trust_id}") { $1["trust_id"] = try await $0.trust() }
    let path = "/users/{user_id}/application_credentials"
    survey.v3("GET", path)
    survey.v3("GET", path + "/{application_credential_id}")
    survey.v3("POST", path) { world, request in
        let body = world.applicationCredentialBody("new", unique: "new")
        request.json = ["application_credential": .object(body)]
    }
    survey.v3("DELETE", path + "/{application_credential_id}") {
        $1["application_credential_id"] = try await $0.applicationCredential($0.ids.uuid())["id"]?.string
    }
    survey.v3("GET", "/users/{user_id}/access_rules")
    survey.v3("GET", "/users/{user_id}/access_rules/{access_rule_id}")
    survey.v3("DELETE", "/users/{user_id}/access_rules/{access_rule_id}") { world, request in
        let made = try await world.send(
            "POST", "users/\(world.user)/application_credentials",
            ["application_credential": .object(world.applicationCredentialBody("rules", unique: "unused"))])
        let credential = made["application_credential"] ?? .null
        try await world.send(
            "DELETE", "users/\(world.user)/application_credentials/\(credential["id"]?.string ?? "")")
        request["access_rule_id"] = credential["access_rules"]?[0]?["id"]?.string
    }
}

private func addEndpointFilter(_ survey: inout IdentitySurvey) {
    let groups = "/OS-EP-FILTER/endpoint_groups"
    survey.v3("GET", groups)
    for rest in ["", "/endpoints", "/projects"] { survey.v3("GET", "\(groups)/{endpoint_group_id}\(rest)") }
    survey.v3("POST", groups) { $1.json = ["endpoint_group": ["name": "new", "filters": ["interface": "admin"]]] }
    survey.v3("PATCH", "\(groups)/{endpoint_group_id}") { $1.json = ["endpoint_group": ["description": "new"]] }
    survey.v3("DELETE", "\(groups)/{endpoint_group_id}") { world, request in
        request["endpoint_group_id"] = try await world.make(
            "OS-EP-FILTER/endpoint_groups", "endpoint_group",
            ["name": "gone", "filters": ["interface": "public"]])
    }
    survey.v3("GET", "/OS-EP-FILTER/projects/{project_id}/endpoint_groups") { $1["project_id"] = $0.projects[0] }
    survey.v3("GET", "/OS-EP-FILTER/projects/{project_id}/endpoints") { $1["project_id"] = $0.projects[0] }
    survey.v3("GET", "/OS-EP-FILTER/endpoints/{endpoint_id}/projects")
    for method in ["PUT", "GET", "DELETE"] {
        survey.v3(method, "\(groups)/{endpoint_group_id}/projects/{project_id}")
        survey.v3(method, "/OS-EP-FILTER/projects/{project_id}/endpoints/{endpoint_id}")
    }
}
