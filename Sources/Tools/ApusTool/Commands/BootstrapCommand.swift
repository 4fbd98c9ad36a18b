import ArgumentParser
import Core
import Database
import FoundationEssentials
import Identity
import Logging

/// `apus bootstrap`: identity's first contents.
struct BootstrapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bootstrap",
        abstract: "Makes the default domain, roles, administrator, service users and catalogue. Safe to repeat.",
        discussion: """
            Passwords are better given in the environment, which other users cannot read: \
            APUS_ADMIN_PASSWORD, APUS_SERVICE_PASSWORD, APUS_DEMO_PASSWORD.
            """)

    @ArgumentParser.OptionGroup var files: ConfigurationOptions

    @Option(help: "Password of user admin.")
    var adminPassword: String?

    @Option(help: "Password of the services' own users.")
    var servicePassword: String?

    @Option(help: "The region of the endpoints.")
    var region = "RegionOne"

    @Option(help: "The address that clients reach the services at.")
    var hostIp: String

    @Option(help: "http or https.")
    var scheme = "http"

    @Flag(help: "Also make project demo and user demo with role member.")
    var demo = false

    @Option(help: "Password of user demo; the administrator's if not given.")
    var demoPassword: String?

    func run() async throws {
        let configuration = try files.configuration("identity.conf")
        try FernetCommand.setUp(configuration)
        try JWSCommand.setUpIfUsed(configuration)
        let database = try await ServiceFiles.database(configuration)
        try await Migrator.check(database, service: "identity", identityMigrations)
        var logger = Logger(label: "apus")
        logger.logLevel = .warning
        let env = try IdentityEnvironment.make(
            configuration: configuration, database: database, clock: .system, ids: .random, logger: logger
        ) { _ in }
        let admin = try secret(adminPassword, "APUS_ADMIN_PASSWORD", "--admin-password")
        let request = Bootstrap.Request(
            adminPassword: admin,
            servicePassword: try secret(servicePassword, "APUS_SERVICE_PASSWORD", "--service-password"),
            region: region, hostIP: hostIp, scheme: scheme,
            demoPassword: demo
                ? demoPassword ?? ProcessInfo.processInfo.environment["APUS_DEMO_PASSWORD"] ?? admin : nil)
        let done = try await Bootstrap(env).run(request)
        await database.close()
        print(done.isEmpty ? "nothing to do" : done.map { "made \($0)" }.joined(separator: "\n"))
    }

    private func secret(_ given: String?, _ variable: String, _ option: String) throws -> String {
        guard let text = given ?? ProcessInfo.processInfo.environment[variable], !text.isEmpty else {
            throw ValidationError("\(option) or \(variable) is needed.")
        }
        return text
    }
}
