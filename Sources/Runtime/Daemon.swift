import CLinux
public import Core
import FoundationEssentials
import Glibc
import Logging
import ServiceLifecycle
import UnixSignals

/// The frame of every daemon: arguments, configuration, logging, the operators' listener, signals.
public enum Daemon {
    public static let version = "0.1.0"

    /// How long running requests and steps may take to end after SIGTERM.
    private static let shutdownTime = Duration.seconds(20)

    /// Builds the daemon and runs it until it is told to stop.
    ///
    /// The process ends with status 0 after SIGTERM or SIGINT, 2 on a bad command line or
    /// configuration, 3 when something that it depends on cannot be reached or has a schema it does not
    /// know, 1 on any other error; each with one line that says what to do.
    public static func run(
        _ name: String, optionGroups: [any OptionGroup.Type],
        _ build: @escaping @Sendable (DaemonEnvironment) async throws -> Void
    ) async -> Never {
        apus_bound_heap()
        // A peer that closes its connection must not end the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            try await start(name, [DaemonOptions.self, AdminOptions.self, StoriesOptions.self] + optionGroups, build)
            end(0)
        } catch let error as UsageError {
            complain(name, "\(error.message); try \(name) --help")
            end(2)
        } catch let error as ConfigurationError {
            complain(name, "\(error)")
            end(2)
        } catch let error as ServiceError {
            complain(name, error.debugDescription)
            end(error.code == .unavailable || error.code == .timeout ? 3 : 1)
        } catch {
            complain(name, String(reflecting: error))
            end(1)
        }
    }

    /// Ends the process once its last lines are written.
    private static func end(_ status: Int32) -> Never {
        LineOutput.standard.flush()
        exit(status)
    }

    private static func start(
        _ name: String, _ groups: [any OptionGroup.Type],
        _ build: @escaping @Sendable (DaemonEnvironment) async throws -> Void
    ) async throws {
        let arguments = try DaemonArguments(Array(CommandLine.arguments.dropFirst()))
        switch arguments.action {
        case .help: return print(DaemonArguments.usage(name))
        case .version: return print("\(name) (Apus) \(version)")
        case .printSample: return print(OptionDocuments.sample(name, groups))
        case .printReference: return print(OptionDocuments.reference(name, groups))
        case .run, .printConfig: break
        }
        let configuration = try Configuration(
            file: arguments.file, dropIn: arguments.dropIn, environment: ProcessInfo.processInfo.environment,
            overrides: arguments.overrides)
        let options = try configuration.read(DaemonOptions.self)
        let admin = try configuration.read(AdminOptions.self)
        for group in groups { try read(group, from: configuration) }
        let stories = try configuration.read(StoriesOptions.self)
        try configuration.finish()
        if arguments.action == .printConfig { return print(configuration.printConfig()) }

        let logger = LogOutput.logger(name, options)
        let environment = DaemonEnvironment(
            name: name, configuration: configuration, logger: logger, host: options.host)
        keepStories(stories, environment)
        defer { StoryRecorder.shared.close() }
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        // Operators are answered from the first moment, also while a daemon waits for what it is built from.
        let listening = admin.port == 0 ? nil : Signal()
        var services: [any Service] = [
            BuiltDaemon(environment: environment, logger: quiet, listening: listening, build: build)
        ]
        if let listening {
            let server = AdminServer(
                options: admin, daemon: environment, startedAt: environment.clock.now(), listening: listening)
            services.insert(server, at: 0)
        }
        var settings = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        settings.maximumGracefulShutdownDuration = shutdownTime
        try await ServiceGroup(configuration: settings).run()
        logger.info("stopped")
    }

    /// A daemon without a place for its stories still works.
    private static func keepStories(_ options: StoriesOptions, _ daemon: DaemonEnvironment) {
        guard options.maxSize.bytes > 0 else { return }
        do {
            try StoryRecorder.shared.open(
                folder: options.path, limit: options.maxSize.bytes,
                source: StorySource(daemon: daemon.name, host: daemon.host, process: Int(getpid())))
        } catch {
            daemon.logger.warning("stories of requests are not kept", metadata: ["error": "\(describeError(error))"])
        }
    }

    private static func read<G: OptionGroup>(_: G.Type, from configuration: Configuration) throws {
        _ = try configuration.read(G.self)
    }

    private static func complain(_ name: String, _ text: String) {
        let line = "\(name): \(text)\n"
        _ = Array(line.utf8).withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}
