import Core
import Database
import FoundationEssentials

/// Makes what a new cloud starts from: the default domain, roles, the administrator, the services' own
/// users and their endpoints. Safe to repeat: what is there is kept, passwords and URLs are set as given.
package struct Bootstrap: Sendable {
    /// A catalogue entry.
    package struct CatalogItem: Sendable {
        package var type: String
        package var name: String
        package var description: String
        package var url: String
    }

    package struct Request: Sendable {
        package var adminPassword: String
        package var servicePassword: String
        package var region: String
        package var hostIP: String
        package var scheme: String
        /// The password of user `demo` in project `demo`; nil makes neither.
        package var demoPassword: String?

        package init(
            adminPassword: String, servicePassword: String, region: String, hostIP: String, scheme: String = "http",
            demoPassword: String? = nil
        ) {
            self.adminPassword = adminPassword
            self.servicePassword = servicePassword
            self.region = region
            self.hostIP = hostIP
            self.scheme = scheme
            self.demoPassword = demoPassword
        }
    }

    private let env: IdentityEnvironment
    /// The operator, whom no token names.
    private let context: RequestContext

    package init(_ env: IdentityEnvironment) {
        self.env = env
        context = .system(env.ids)
    }

    private static let serviceUsers = ["nova", "glance", "cinder", "neutron", "placement"]

    private static func catalog(_ request: Request) -> [CatalogItem] {
        let base = "\(request.scheme)://\(request.hostIP.contains(":") ? "[\(request.hostIP)]" : request.hostIP)"
        return [
            CatalogItem(type: "identity", name: "keystone", description: "Identity", url: "\(base):5000/v3"),
            CatalogItem(type: "compute", name: "nova", description: "Compute", url: "\(base):8774/v2.1"),
            CatalogItem(
                type: "placement", name: "placement", description: "Placement", url: "\(base):8778/placement"),
            CatalogItem(type: "image", name: "glance", description: "Images", url: "\(base):9292"),
            CatalogItem(
                type: "volumev3", name: "cinder", description: "Volumes", url: "\(base):8776/v3/$(project_id)s"),
            CatalogItem(
                type: "block-storage", name: "cinder", description: "Volumes", url: "\(base):8776/v3/$(project_id)s"),
            CatalogItem(type: "network", name: "neutron", description: "Networks", url: "\(base):9696"),
        ]
    }

    /// - Returns: a line for each thing that was made or changed.
    package func run(_ request: Request) async throws -> [String] {
        var done: [String] = []
        let domain = DomainID("default")
        done += try await makeDomain(domain)
        let admin = try await makeProject("admin", "Administration", in: domain, &done)
        let service = try await makeProject("service", "The services' own users", in: domain, &done)
        let roles = try await makeRoles(&done)
        let administrator = try await makeUser("admin", request.adminPassword, in: domain, &done)
        try await grant(roles, ["admin"], to: administrator, at: .project(admin))
        try await grant(roles, ["admin"], to: administrator, at: .domain(domain))
        try await grant(roles, ["admin"], to: administrator, at: .system)
        for name in Self.serviceUsers {
            let user = try await makeUser(name, request.servicePassword, in: domain, isService: true, &done)
            try await grant(roles, ["admin", "service"], to: user, at: .project(service))
        }
        if let password = request.demoPassword {
            let project = try await makeProject("demo", "Demonstration", in: domain, &done)
            let user = try await makeUser("demo", password, in: domain, &done)
            try await grant(roles, ["member"], to: user, at: .project(project))
            try await grant(roles, ["admin"], to: administrator, at: .project(project))
        }
        done += try await makeCatalog(Self.catalog(request), region: RegionID(request.region))
        return done
    }

    private func makeDomain(_ id: DomainID) async throws -> [String] {
        try await env.change("bootstrap domain", context) { tx, record in
            guard try ProjectStore.findDomain(id, tx) == nil else { return [] }
            try ProjectStore.insert(
                Project(
                    id: ProjectID(id.rawValue), name: "Default", domainID: nil, parentID: nil, isDomain: true,
                    description: "The default domain", isEnabled: true, options: [:], extra: [:]), tx)
            record.created(.domain, id)
            return ["domain Default"]
        }
    }

    private func makeProject(
        _ name: String, _ description: String, in domain: DomainID, _ done: inout [String]
    ) async throws -> ProjectID {
        let id: ProjectID = env.newID()
        let (project, isNew) = try await env.change("bootstrap project", context) { tx, record in
            if let found = try ProjectStore.find(named: name, in: domain, tx) { return (found.id, false) }
            try ProjectStore.insert(
                Project(
                    id: id, name: name, domainID: domain, parentID: ProjectID(domain.rawValue), isDomain: false,
                    description: description, isEnabled: true, options: [:], extra: [:]), tx)
            record.created(.project, id)
            return (id, true)
        }
        if isNew { done.append("project \(name)") }
        return project
    }

    /// admin implies manager implies member implies reader; `service` stands alone.
    private func makeRoles(_ done: inout [String]) async throws -> [String: RoleID] {
        let names = ["admin", "manager", "member", "reader", "service"]
        let fresh = Dictionary(uniqueKeysWithValues: names.map { ($0, env.newID(RoleKind.self)) })
        let (roles, made) = try await env.change("bootstrap roles", context) { tx, record in
            var roles: [String: RoleID] = [:]
            var made: [String] = []
            for name in names {
                if let found = try RoleStore.find(named: name, in: nil, tx) {
                    roles[name] = found.id
                } else if let id = fresh[name] {
                    let options: JSONObject = ["immutable": true]
                    try RoleStore.insert(
                        Role(id: id, domainID: nil, name: name, description: nil, options: options, extra: [:]), tx)
                    record.created(.role, id)
                    roles[name] = id
                    made.append("role \(name)")
                }
            }
            for (prior, implied) in zip(names.prefix(3), names.dropFirst()) {
                if let prior = roles[prior], let implied = roles[implied] {
                    try RoleStore.addImplication(prior, implied, tx)
                }
            }
            return (roles, made)
        }
        done += made
        return roles
    }

    /// Whoever sets the cloud up chooses these passwords, and nobody logs in to change them.
    private static let ownOptions: JSONObject = [
        "ignore_change_password_upon_first_use": true, "ignore_user_inactivity": true,
    ]

    /// The services would stop working: nobody renews their passwords, and anybody could lock them out.
    private static let serviceOptions: JSONObject = ownOptions.merging([
        "ignore_password_expiry": true, "ignore_lockout_failure_attempts": true,
    ]) { _, new in new }

    /// Finds or makes the user, and sees that the password is the one given.
    private func makeUser(
        _ name: String, _ password: String, in domain: DomainID, isService: Bool = false, _ done: inout [String]
    ) async throws -> UserID {
        let users = UserService(env)
        let (found, hash) = try await env.database.read("bootstrap user") { tx -> (User?, String?) in
            guard let user = try UserStore.find(named: name, in: domain, tx) else { return (nil, nil) }
            return (user, try UserStore.passwords(of: user.id, limit: 1, tx).first?.hash)
        }
        guard let found else {
            let user = User(
                id: env.newID(), domainID: domain, name: name, isEnabled: true,
                options: isService ? Self.serviceOptions : Self.ownOptions, extra: [:], createdAt: env.clock.now(),
                failedAttempts: 0)
            done.append("user \(name)")
            return try await users.create(user, password: password, context).id
        }
        if !(try await env.passwords.verify(password, hash)) || !found.isEnabled {
            _ = try await users.update(found.id, password: .set(password), context) { $0.isEnabled = true }
            done.append("password of user \(name)")
        }
        return found.id
    }

    private func grant(
        _ roles: [String: RoleID], _ names: [String], to user: UserID, at target: RoleTarget
    ) async throws {
        try await env.database.transaction("bootstrap grants") { tx in
            for role in names.compactMap({ roles[$0] }) {
                try AssignmentStore.add(
                    RoleAssignment(actor: .user(user), target: target, role: role, isInherited: false), tx)
            }
        }
    }

    private func makeCatalog(_ items: [CatalogItem], region: RegionID) async throws -> [String] {
        let fresh = items.map { _ in
            (service: env.newID(ServiceKind.self), endpoints: (0..<3).map { _ in env.newID(EndpointKind.self) })
        }
        return try await env.change("bootstrap catalogue", context) { tx, record in
            var done: [String] = []
            if try CatalogStore.region(region, tx) == nil {
                try CatalogStore.insert(Region(id: region, description: "", parentID: nil, extra: [:]), tx)
                record.created(.region, region)
                done.append("region \(region)")
            }
            for (item, ids) in zip(items, fresh) {
                var service = try CatalogStore.services(type: item.type, name: item.name, tx).first
                if service == nil {
                    let made = CatalogService(
                        id: ids.service, type: item.type, isEnabled: true,
                        extra: ["name": .string(item.name), "description": .string(item.description)])
                    try CatalogStore.insert(made, tx)
                    record.created(.service, made.id)
                    service = made
                    done.append("service \(item.type)")
                }
                guard let service else { continue }
                for (interface, id) in zip(["public", "internal", "admin"], ids.endpoints) {
                    try Self.makeEndpoint(id, interface, item.url, of: service.id, in: region, &done, &record, tx)
                }
            }
            return done
        }
    }

    private static func makeEndpoint(
        _ id: EndpointID, _ interface: String, _ url: String, of service: ServiceID, in region: RegionID,
        _ done: inout [String], _ record: inout ChangeRecord, _ tx: Transaction
    ) throws {
        var filter = EndpointFilter()
        filter.serviceID = service
        filter.interface = interface
        filter.regionID = region
        guard var found = try CatalogStore.endpoints(filter, tx).first else {
            try CatalogStore.insert(
                Endpoint(
                    id: id, serviceID: service, interface: interface, regionID: region, url: url, isEnabled: true,
                    extra: [:]), tx)
            record.created(.endpoint, id)
            return done.append("endpoint \(interface) \(url)")
        }
        guard found.url != url else { return }
        found = try CatalogStore.endpoint(found.id, tx, .toChange) ?? found
        found.url = url
        try CatalogStore.update(found, tx)
        record.updated(.endpoint, found.id)
        done.append("endpoint \(interface) \(url)")
    }
}
