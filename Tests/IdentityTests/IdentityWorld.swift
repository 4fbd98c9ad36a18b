import Core
import Database
import FoundationEssentials
import Logging
import Notifications
import TestSupport

@testable import Identity

/// The identity service on a fresh database, with the default domain, roles and an administrator.
struct IdentityWorld: Sendable {
    let env: IdentityEnvironment
    let clock: ManualClock
    let announced: Announcements
    let credentialKeys: FernetKeyFolder
    let tokenOptions: FernetTokenOptions
    var tokenKeys: FernetKeyFolder { tokenOptions.folder }

    /// What was announced as revoked.
    final class Announcements: Sendable {
        private let events = Locked<[RevocationEvent]>([])
        func add(_ event: RevocationEvent) { events.withLock { $0.append(event) } }
        var all: [RevocationEvent] { events.withLock { $0 } }
    }

    /// - Parameter methods: of `[auth]`; nil leaves the default.
    static func run(
        options: String = "", methods: AuthMethods? = .every, _ body: (IdentityWorld) async throws -> Void
    ) async throws {
        let folder = "\(FileManager.default.temporaryDirectory.path)/apus-identity-\(IDGenerator.random.hex())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FernetKeyFolder(path: "\(folder)/tokens", maximumKeys: 3).setUp()
        let credentialKeys = FernetKeyFolder(path: "\(folder)/credentials", maximumKeys: 3)
        try credentialKeys.setUp()
        let signing = JWSKeyFolders(
            privateFolder: "\(folder)/jws/private", publicFolder: "\(folder)/jws/public", maximumKeys: 3)
        try signing.setUp()
        try await TestServices.withDatabase(service: "identity", migrations: identityMigrations) { database in
            let configuration = try Configuration(
                text: """
                    [fernet_tokens]
                    key_repository = \(folder)/tokens
                    [jwt_tokens]
                    jws_private_key_repository = \(signing.privateFolder)
                    jws_public_key_repository = \(signing.publicFolder)
                    [credential]
                    key_repository = \(folder)/credentials
                    [passwords]
                    hash_rounds = 4
                    \(methods.map { "[auth]\nmethods = " + $0.names.joined(separator: ",") } ?? "")
                    \(options)
                    """)
            // A whole second, so that what is revoked at once is certainly before what comes a second later.
            let clock = ManualClock(Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down)))
            let announced = Announcements()
            let env = try IdentityEnvironment.make(
                configuration: configuration, database: database, clock: clock.clock, ids: .random,
                logger: Logger(label: "test"),
                notices: IdentityNotices(
                    try configuration.read(NotificationDriverOptions.self).isOn
                        ? try configuration.read(IdentityNotificationOptions.self) : nil,
                    daemonHost: "ctl", ids: .random)
            ) { announced.add($0) }
            _ = try await Bootstrap(env).run(
                Bootstrap.Request(
                    adminPassword: "secret", servicePassword: "service", region: "RegionOne", hostIP: "192.0.2.1",
                    demoPassword: "demo"))
            try await body(
                IdentityWorld(
                    env: env, clock: clock, announced: announced, credentialKeys: credentialKeys,
                    tokenOptions: try configuration.read(FernetTokenOptions.self)))
        }
    }

    // MARK: Logging in

    func login(
        _ name: String, _ password: String, scope: JSONValue? = nil
    ) async throws -> TokenService.Issued {
        var auth: [String: JSONValue] = [
            "identity": [
                "methods": ["password"],
                "password": [
                    "user": ["name": .string(name), "domain": ["name": "Default"], "password": .string(password)]
                ],
            ]
        ]
        if let scope { auth["scope"] = scope }
        return try await AuthenticationService(env).authenticate(try AuthRequest(.object(auth)))
    }

    func exchange(_ token: String, scope: JSONValue? = nil) async throws -> TokenService.Issued {
        var auth: [String: JSONValue] = [
            "identity": ["methods": ["token"], "token": ["id": .string(token)]]
        ]
        if let scope { auth["scope"] = scope }
        return try await AuthenticationService(env).authenticate(try AuthRequest(.object(auth)))
    }

    static func project(_ name: String) -> JSONValue {
        ["project": ["name": .string(name), "domain": ["id": "default"]]]
    }

    func isValid(_ token: String) async throws -> Bool {
        do {
            _ = try await TokenService(env).validate(token)
            return true
        } catch is InvalidToken {
            return false
        }
    }

    func user(_ name: String) async throws -> User {
        var filter = UserFilter()
        filter.name = [.equals(name)]
        guard let user = try await UserService(env).list(filter).first else { throw NotFound.user(name) }
        return user
    }

    func project(named name: String) async throws -> Project {
        var filter = ProjectFilter()
        filter.name = [.equals(name)]
        guard let project = try await ProjectService(env).list(filter).first else { throw NotFound.project(name) }
        return project
    }

    func role(_ name: String) async throws -> Role {
        var filter = RoleFilter()
        filter.name = [.equals(name)]
        guard let role = try await RoleService(env).list(filter).first else { throw NotFound.role(name) }
        return role
    }
}
