import Core
import Database
import Logging
import TestSupport
import WebAPI

@testable import Identity

/// The Identity API on a fresh database, with `size` of everything and of everything that hangs on it. Tokens are
/// real ones, so that their validation is part of what a request costs.
struct IdentityCostWorld: Sendable {
    let size: Int
    let api: LocalAPI
    let identity: IdentityWorld
    let token: String
    let user: String
    let project: String
    let ids = IDGenerator.random
    private(set) var users: [String] = []
    private(set) var groups: [String] = []
    private(set) var projects: [String] = []
    private(set) var domains: [String] = []
    private(set) var roles: [String] = []
    /// One of each kind, by the parameter of its path.
    private(set) var ones: [String: String] = [:]

    static func run(
        _ size: Int, _ body: @escaping @Sendable (IdentityCostWorld, LocalAPI) async throws -> Void
    ) async throws {
        try await IdentityWorld.run(options: options) { world in
            let api = LocalAPI(
                IdentityAPI.description(world.env), authenticator: IdentityAuthenticator(world.env),
                policy: try PolicyEngine(rules: IdentityPolicies.all), clock: world.clock.clock,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await body(try await IdentityCostWorld(size, api, world), api)
        }
    }

    private init(_ size: Int, _ api: LocalAPI, _ world: IdentityWorld) async throws {
        self.size = size
        self.api = api
        identity = world
        let issued = try await world.login("admin", "secret", scope: IdentityWorld.project("admin"))
        token = issued.text
        user = issued.token.user.id.rawValue
        project = issued.token.project?.id.rawValue ?? ""
        for index in 0..<size {
            roles.append(try await make("roles", "role", ["name": .string("role\(index)")]))
            domains.append(try await make("domains", "domain", ["name": .string("domain\(index)")]))
            users.append(try await make("users", "user", ["name": .string("user\(index)")]))
            groups.append(try await make("groups", "group", ["name": .string("group\(index)")]))
            projects.append(try await fullProject("project\(index)"))
        }
        try await fillAssignments()
        try await fillCatalog()
        try await fillDelegation()
        try await fillExtensions()
    }

    mutating func set(_ parameter: String, _ id: String) { ones[parameter] = id }

    private func fillAssignments() async throws {
        for index in 0..<size {
            try await send("PUT", "groups/\(groups[0])/users/\(users[index])")
            try await send("PUT", "groups/\(groups[index])/users/\(user)")
            try await send("PUT", "projects/\(projects[0])/users/\(users[0])/roles/\(roles[index])")
            try await send("PUT", "projects/\(projects[index])/groups/\(groups[0])/roles/\(roles[0])")
            try await send("PUT", "projects/\(projects[index])/users/\(user)/roles/\(roles[0])")
            try await send("PUT", "projects/\(project)/users/\(user)/roles/\(roles[index])")
            try await send("PUT", "domains/\(domains[index])/users/\(user)/roles/\(roles[0])")
            try await send("PUT", "system/users/\(user)/roles/\(roles[index])")
            for target in ["domains/\(domains[index])", "projects/\(projects[index])"] {
                try await send(
                    "PUT", "OS-INHERIT/\(target)/users/\(users[index])/roles/\(roles[0])/inherited_to_projects")
            }
            if index > 0 { try await send("PUT", "roles/\(roles[0])/implies/\(roles[index])") }
        }
    }

    private mutating func fillCatalog() async throws {
        for index in 0..<size {
            ones["region_id"] = try await make("regions", "region", ["id": .string("region\(index)")])
            let service = try await make(
                "services", "service", ["type": .string("type\(index)"), "name": "service"])
            ones["service_id"] = service
            ones["endpoint_id"] = try await make(
                "endpoints", "endpoint",
                ["interface": "public", "url": "http://192.0.2.1/", "service_id": .string(service)])
            ones["policy_id"] = try await make("policies", "policy", ["blob": "{}", "type": "json"])
            ones["consumer_id"] = try await make("OS-OAUTH1/consumers", "consumer", ["description": "c"])
            let group = try await make(
                "OS-EP-FILTER/endpoint_groups", "endpoint_group",
                ["name": .string("group\(index)"), "filters": ["interface": "public"]])
            ones["endpoint_group_id"] = group
            for one in projects {
                try await send("PUT", "OS-EP-FILTER/endpoint_groups/\(group)/projects/\(one)")
                try await send("PUT", "OS-EP-FILTER/projects/\(one)/endpoints/\(ones["endpoint_id"] ?? "")")
            }
            ones["registered_limit_id"] = try await registeredLimit("resource\(index)")
            ones["limit_id"] = try await limit("resource\(index)")
        }
    }

    private mutating func fillDelegation() async throws {
        for index in 0..<size {
            ones["credential_id"] = try await make("credentials", "credential", credential())
            ones["access"] = try await send(
                "POST", "users/\(user)/credentials/OS-EC2", ["tenant_id": .string(project)])["credential"]?["access"]?
                .string
            ones["trust_id"] = try await trust()
            let made = try await applicationCredential("credential\(index)")
            ones["application_credential_id"] = made["id"]?.string
            ones["access_rule_id"] = made["access_rules"]?[0]?["id"]?.string
        }
    }

    // MARK: Making

    /// A project with `size` tags.
    func fullProject(_ name: String, below parent: String? = nil) async throws -> String {
        var values: [String: JSONValue] = ["name": .string(name), "tags": tags]
        if let parent { values["parent_id"] = .string(parent) }
        return try await make("projects", "project", values)
    }

    var tags: JSONValue { .array((0..<size).map { .string("tag\($0)") }) }

    func credential() -> [String: JSONValue] {
        ["blob": .string(ids.uuid()), "type": "cert", "user_id": .string(user)]
    }

    func registeredLimit(_ resource: String) async throws -> String {
        try await send(
            "POST", "registered_limits", ["registered_limits": [registeredLimitBody(resource)]]
        )["registered_limits"]?[0]?["id"]?.string ?? ""
    }

    func registeredLimitBody(_ resource: String) -> JSONValue {
        [
            "service_id": .string(ones["service_id"] ?? ""), "resource_name": .string(resource), "default_limit": 5,
        ]
    }

    func limit(_ resource: String) async throws -> String {
        try await send("POST", "limits", ["limits": [limitBody(resource)]])["limits"]?[0]?["id"]?.string ?? ""
    }

    func limitBody(_ resource: String) -> JSONValue {
        [
            "service_id": .string(ones["service_id"] ?? ""), "resource_name": .string(resource), "resource_limit": 3,
            "project_id": .string(project),
        ]
    }

    var trustBody: [String: JSONValue] {
        [
            "trustor_user_id": .string(user), "trustee_user_id": .string(users[0]), "impersonation": false,
            "project_id": .string(project),
            "roles": .array(roles.indices.map { ["name": .string("role\($0)")] }),
        ]
    }

    func trust() async throws -> String { try await make("OS-TRUST/trusts", "trust", trustBody) }

    func applicationCredentialBody(_ name: String, unique: String = "") -> [String: JSONValue] {
        [
            "name": .string(name), "roles": .array(roles.indices.map { ["name": .string("role\($0)")] }),
            "access_rules": .array(
                (0..<size).map {
                    ["service": "compute", "method": "GET", "path": .string("/v2.1/servers/\(unique)\($0)")]
                }),
        ]
    }

    func applicationCredential(_ name: String) async throws -> JSONValue {
        try await send(
            "POST", "users/\(user)/application_credentials",
            ["application_credential": .object(applicationCredentialBody(name))])["application_credential"] ?? .null
    }

    /// A group with `size` members, each with an application credential's worth of roles in a project.
    func fullGroup() async throws -> String {
        let group = try await make("groups", "group", ["name": .string(ids.uuid())])
        for one in users { try await send("PUT", "groups/\(group)/users/\(one)") }
        return group
    }

    func make(_ path: String, _ member: String, _ values: [String: JSONValue]) async throws -> String {
        try await send("POST", path, [member: .object(values)])[member]?["id"]?.string ?? ""
    }

    @discardableResult
    func send(_ method: String, _ path: String, _ json: JSONValue? = nil) async throws -> JSONValue {
        let answer = try await api.send(method, "/v3/\(path)", json, token: token)
        guard answer.status < 400 else {
            throw ServiceError(
                .internal, "\(method) \(path): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))",
                cause: answer.error)
        }
        return answer.body.isEmpty ? .null : try JSONValue.parse(answer.body)
    }
}
