import Core
import FoundationEssentials

/// Makes the projects, users and objects, and makes again what requests removed.
struct WorldBuilder: Sendable {
    let login: CloudLogin
    var generator: SeededGenerator
    /// In all names, so that what is left can be found and removed.
    let mark: String
    /// What could not be made, told once each.
    private(set) var warnings: [String] = []
    private var told: Set<String> = []

    init(login: CloudLogin) {
        self.login = login
        // Not the run's seed: names of two runs would be in each other's way.
        generator = SeededGenerator(seed: .random(in: 0 ... .max))
        mark = "fuzz\(UInt32.random(in: 0...UInt32.max))"
    }

    mutating func build(_ services: [ServiceName]) async throws -> World {
        let admin = try await CloudSession.login(login)
        let canary = "canary-\(mark)-\(generator.hex(8))"
        let attacker = try await party("\(mark)-a", admin)
        let victim = try await party(canary, admin)
        var administrator = Party(name: "admin", session: admin, auth: .null)
        administrator.objects = ["project": [], "user": []]
        var world = World(attacker: attacker, victim: victim, administrator: administrator, canary: canary)
        world.secrets = [login.password, secret, admin.token, attacker.session.token, victim.session.token]
        try await findShared(&world)
        try await deadTokens(&world)
        // Servers need images, networks and volumes; nothing needs servers.
        for recipe in Recipe.all where services.contains(recipe.service) || Self.alwaysMade.contains(recipe.kind) {
            await make(recipe, &world)
        }
        world.canaries = [canary] + world.victim.objects.filter { !Kinds.common.contains($0.key) }.flatMap(\.value)
        if let port = world.victim.first("port"),
            let answer = await victim.session.call(.network, "GET", "/v2.0/ports/\(port)")
        {
            if let mac = answer.json?["port"]?["mac_address"]?.string { world.canaries.append(mac) }
            if let address = answer.json?["port"]?["fixed_ips"]?[0]?["ip_address"]?.string {
                world.canaries.append(address)
            }
        }
        try await expire(&world)
        return world
    }

    /// What has been noticed since the last time.
    mutating func takeWarnings() -> [String] {
        defer { warnings = [] }
        return warnings
    }

    private mutating func warn(_ what: String, _ why: String) {
        if told.insert(what).inserted { warnings.append("\(what)\(why)") }
    }

    private static let alwaysMade: Set<String> = ["network", "subnet", "security_group", "port", "volume", "image"]

    private var secret: String { "secret-\(mark)" }

    /// A project with a user who is its member.
    private func party(_ name: String, _ admin: CloudSession) async throws -> Party {
        func id(_ member: String, _ path: String, _ body: JSONValue) async throws -> String {
            let answer = await admin.call(.identity, "POST", path, body)
            guard let id = answer?.json?[member]?["id"]?.string else {
                throw ServiceError(.unavailable, "\(path): \(answer?.text ?? "no answer")")
            }
            return id
        }
        let project = try await id(
            "project", "/v3/projects", ["project": ["name": .string(name), "description": .string(name)]])
        let user = try await id(
            "user", "/v3/users", ["user": ["name": .string(name), "password": .string(secret)]])
        let roles = await admin.call(.identity, "GET", "/v3/roles?name=member")
        guard let role = roles?.json?["roles"]?[0]?["id"]?.string else {
            throw ServiceError(.unavailable, "the cloud has no role named member")
        }
        _ = await admin.call(.identity, "PUT", "/v3/projects/\(project)/users/\(user)/roles/\(role)")
        let auth: JSONValue = [
            "identity": [
                "methods": ["password"], "password": ["user": ["id": .string(user), "password": .string(secret)]],
            ],
            "scope": ["project": ["id": .string(project)]],
        ]
        var party = Party(
            name: name, session: try await CloudSession.authenticate(login.authURL, auth), auth: auth)
        party.objects = ["project": [project], "user": [user], "role": [role], "domain": ["default"]]
        return party
    }

    private func findShared(_ world: inout World) async throws {
        let networks = await world.administrator.session.call(.network, "GET", "/v2.0/networks?router:external=True")
        world.shared["public_network"] = networks?.json?["networks"]?[0]?["id"]?.string
        let images = await world.administrator.session.call(
            .image, "GET", "/v2/images?visibility=public&status=active")
        world.shared["public_image"] = images?.json?["images"]?[0]?["id"]?.string
    }

    private mutating func deadTokens(_ world: inout World) async throws {
        let doomed = try await CloudSession.authenticate(login.authURL, world.attacker.auth)
        _ = await doomed.call(.identity, "DELETE", "/v3/auth/tokens", headers: [("X-Subject-Token", doomed.token)])
        world.revokedToken = doomed.token
        // A token lives no longer than the application credential it was got with.
        let soon = Date(timeIntervalSince1970: Date().timeIntervalSince1970 + 8)
        let user = world.attacker.session.userID
        let answer = await world.attacker.session.call(
            .identity, "POST", "/v3/users/\(user)/application_credentials",
            ["application_credential": ["name": .string("\(mark)-short"), "expires_at": .string(soon.iso8601)]])
        if let id = answer?.json?["application_credential"]?["id"]?.string,
            let secret = answer?.json?["application_credential"]?["secret"]?.string
        {
            world.secrets.append(secret)
            do {
                world.expiredToken = try await CloudSession.authenticate(
                    login.authURL,
                    [
                        "identity": [
                            "methods": ["application_credential"],
                            "application_credential": ["id": .string(id), "secret": .string(secret)],
                        ]
                    ]
                ).token
            } catch {
                warn("no expired token", ": \(error)")
            }
        }
    }

    /// Waits until the token that is to be an expired one is refused: it was made first, and all else since.
    private mutating func expire(_ world: inout World) async throws {
        guard !world.expiredToken.isEmpty else { return }
        for _ in 0..<120 {
            let answer = await world.attacker.session.call(
                .identity, "GET", "/v3/auth/tokens", headers: [("X-Subject-Token", world.expiredToken)])
            if answer?.status == 404 { return }
            try await ContinuousClock().sleep(for: .milliseconds(250))
        }
        warn("no expired token", ": it is still good after 30 s")
        world.expiredToken = ""
    }

    // MARK: Objects

    /// Makes what a recipe is for, once for each who is to have it and has it not.
    mutating func make(_ recipe: Recipe, _ world: inout World) async {
        switch recipe.owner {
        case .administrator: await make(recipe, &world.administrator, world)
        case .projects:
            await make(recipe, &world.attacker, world)
            await make(recipe, &world.victim, world)
            world.administrator.objects[recipe.kind] = world.attacker.objects[recipe.kind]
        }
        if recipe.kind == "flavor" {
            let flavors = world.administrator.objects["flavor"]
            world.attacker.objects["flavor"] = flavors
            world.victim.objects["flavor"] = flavors
        }
    }

    private mutating func make(_ recipe: Recipe, _ party: inout Party, _ world: World) async {
        guard party.objects[recipe.kind, default: []].isEmpty else { return }
        let filler = Filler(party: party, shared: world.shared, victim: party.name == world.canary)
        let path = filler.text(recipe.path, &generator)
        let body = filler.fill(recipe.body, &generator)
        var headers: [(String, String)] = []
        if let version = recipe.version { headers.append(("OpenStack-API-Version", "placement \(version)")) }
        let answer = await party.session.call(recipe.service, recipe.method, path, body, headers: headers)
        var value = answer?.json
        for name in recipe.id { value = Int(name).map { value?[$0] } ?? value?[name] }
        guard let id = value?.string ?? value?.int.map({ String($0) }) else {
            warn(
                "\(recipe.kind) of \(party.name)",
                ": \(answer.map { "\($0.status) \($0.text.prefix(200))" } ?? "no answer")")
            return
        }
        party.objects[recipe.kind] = [id]
        guard let until = recipe.until else { return }
        for _ in 0..<60 {
            let now = await party.session.call(recipe.service, "GET", "\(path)/\(id)")
            if now?.json?[until.member]?["status"]?.string == until.status { return }
            do { try await ContinuousClock().sleep(for: .milliseconds(250)) } catch { return }
        }
        warn("\(recipe.kind) of \(party.name)", " did not become \(until.status)")
    }

    /// Looks whether tokens and objects are still there and makes again what is not.
    mutating func mend(_ world: inout World, _ service: ServiceName) async throws {
        for path in [\World.attacker, \World.victim, \World.administrator] {
            let session = world[keyPath: path].session
            let answer = await session.call(.identity, "GET", "/v3/auth/projects")
            guard answer?.status == 401 else { continue }
            let auth = world[keyPath: path].auth
            world[keyPath: path].session =
                auth == .null
                ? try await CloudSession.login(login) : try await CloudSession.authenticate(login.authURL, auth)
            world.secrets.append(world[keyPath: path].session.token)
        }
        for recipe in Recipe.all where recipe.service == service && recipe.method == "POST" {
            let party = recipe.owner == .administrator ? world.administrator : world.attacker
            if let id = party.first(recipe.kind) {
                let path = Filler(party: party, shared: world.shared, victim: false).text(recipe.path, &generator)
                let answer = await party.session.call(service, "GET", "\(path)/\(id)")
                guard answer?.status == 404 else { continue }
                switch recipe.owner {
                case .administrator: world.administrator.objects[recipe.kind] = nil
                case .projects: world.attacker.objects[recipe.kind] = nil
                }
            }
            await make(recipe, &world)
        }
    }
}
