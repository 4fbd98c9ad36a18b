import Core
public import Database
import FoundationEssentials
import Glibc
import Logging

/// The real servers that tests may use, named by the environment: `Tests/Support/services.sh` starts private
/// ones and prints the variables.
public enum TestServices {
    /// A Unix socket of a MariaDB server whose user root needs no password.
    public static let mariaDBSocket = variable("APUS_TEST_MARIADB_SOCKET")
    public static let rabbitMQURL = variable("APUS_TEST_RABBITMQ_URL")
    /// `host:port`.
    public static let memcached = variable("APUS_TEST_MEMCACHED")

    /// `ldap://…` of an OpenLDAP server with the tree dc=test.
    public static let directoryURL = variable("APUS_TEST_LDAP_URL")
    /// `ldaps://…` of the same.
    public static let secureDirectoryURL = variable("APUS_TEST_LDAPS_URL")
    /// A folder with the certificate of the authority that vouches for it, ca.pem, and of one that does not, stranger.pem.
    public static let directoryTLS = variable("APUS_TEST_LDAP_TLS")

    /// All of them are there.
    public static var isAvailable: Bool { isDatabaseAvailable && isBrokerAvailable && isCacheAvailable }

    public static let isDatabaseAvailable = announced("APUS_TEST_MARIADB_SOCKET", mariaDBSocket)
    public static let isBrokerAvailable = announced("APUS_TEST_RABBITMQ_URL", rabbitMQURL)
    public static let isCacheAvailable = announced("APUS_TEST_MEMCACHED", memcached)

    public static let isDirectoryAvailable = announced("APUS_TEST_LDAP_URL", directoryURL)

    /// A name that no other test uses: for databases, queues, cache keys.
    public static func uniqueName() -> String { "apus_test_\(IDGenerator.random.hex())" }

    /// Runs `body` with a fresh, migrated database, and drops it afterwards.
    public static func withDatabase<T: Sendable>(
        service: String = "test", migrations: [Migration] = [], poolSize: Int = 4,
        _ body: (Database) async throws -> T
    ) async throws -> T {
        try await inTurn {
            let test = try await TestDatabase.create(poolSize: poolSize)
            do {
                if !migrations.isEmpty {
                    _ = try await Migrator.migrate(test.database, service: service, migrations)
                }
                let result = try await body(test.database)
                try await test.drop()
                return result
            } catch {
                try await test.drop()
                throw error
            }
        }
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    private static func announced(_ name: String, _ value: String?) -> Bool {
        if value == nil { print("Tests that need \(name) are skipped: see Tests/Support/services.sh") }
        return value != nil
    }
}

/// A database of a test's own on the test server.
public struct TestDatabase: Sendable {
    public let database: Database
    public let options: DatabaseOptions
    private let server: Database

    public static func create(poolSize: Int = 4) async throws -> TestDatabase {
        guard let socket = TestServices.mariaDBSocket else {
            throw ServiceError(.unavailable, "APUS_TEST_MARIADB_SOCKET is not set.")
        }
        let logger = Logger(label: "test")
        let name = TestServices.uniqueName()
        let server = try await Database(
            DatabaseOptions(socket: socket, user: "root", name: "mysql", poolSize: 1), logger: logger)
        try await server.createDatabase(name)
        let options = DatabaseOptions(socket: socket, user: "root", name: name, poolSize: poolSize)
        return TestDatabase(
            database: try await Database(options, logger: logger), options: options, server: server)
    }

    /// Another pool of the same database, as another process would have.
    public func another(poolSize: Int = 2) async throws -> Database {
        var options = options
        options.poolSize = poolSize
        return try await Database(options, logger: Logger(label: "test"))
    }

    public func drop() async throws {
        await database.close()
        try await server.dropDatabase(options.name)
        await server.close()
    }
}
