import ArgumentParser
import Core
import FoundationEssentials
import Glibc
import WebAPI

/// Sends wrong requests to a cloud's APIs and looks whether they are refused as they should be.
@main
struct FuzzTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus-fuzz",
        abstract: "Sends wrong requests over every operation's own schema and beside it.",
        discussion: """
            The cloud is named by --cloud or OS_* variables, its administrator signs in. Two projects with a user \
            each are made, one to send requests and one whose data must not be seen; both are left behind, named \
            fuzzNUMBER. Ends with 0 when nothing was found.
            """)

    @Option(help: "identity, image, block-storage, network, compute, placement, or all.")
    var service = "all"
    @Option(help: "Requests for each service.")
    var requests = 1000
    @Option(help: "The same seed makes the same requests.")
    var seed: UInt64 = 1
    @Option(help: "A cloud of clouds.yaml; OS_CLOUD or OS_AUTH_URL, OS_USERNAME, OS_PASSWORD otherwise.")
    var cloud: String?
    @Option(help: "Requests at a time.")
    var parallel = 6
    @Option(help: "Folder of the daemons' logs, when they are on this machine.")
    var logs = "/var/log/apus"
    @Option(help: "Folder of the daemons' process id files, when they are on this machine.")
    var processes = "/run/apus"
    @Option(help: "Growth of a daemon's resident memory in a run's second half that counts as a leak, in KiB.")
    var memoryBound = 8192
    @Option(help: "Only the request of this number.")
    var only: Int?
    @Option(help: "Findings of one kind printed whole.")
    var show = 2

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let names = service == "all" ? ServiceName.allCases : ServiceName.allCases.filter { $0.rawValue == service }
        guard !names.isEmpty else { throw ValidationError("no service named \(service)") }
        let folder = FileManager.default.temporaryDirectory.path + "/apus-fuzz-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { Self.remove(folder) }
        let apis = try await APIDescriptions(folder: folder)
        let login = try CloudLogin(cloud: cloud, environment: environment)
        var builder = WorldBuilder(login: login)
        var world = try await builder.build(names)
        for warning in builder.takeWarnings() { print("note: \(warning)") }

        let daemons = DaemonWatch(folder: processes)
        let endpoints = world.administrator.session.endpoints
        let targets = try names.compactMap { name in
            try endpoints[name].map { ServiceUnderTest(name: name, api: try apis.description(of: name), endpoint: $0) }
        }
        var failed = names.count - targets.count
        for name in names where endpoints[name] == nil { print("FINDING: \(name.rawValue) is not in the catalogue") }
        // Waits for the services' patience to end, so it runs beside everything else.
        async let slow = only == nil ? ConnectionAbuse.drip(targets) : []
        var passed = 0
        for target in targets {
            let run = FuzzRun(
                service: target, requests: requests, seed: seed, parallel: parallel, logs: logs, processes: processes,
                memoryBound: memoryBound, only: only)
            let (tally, findings) = try await run.run(&builder, &world)
            Self.report(findings, show: show)
            print(tally.text(operations: target.routes.map(\.label)))
            failed += findings.count
            passed += max(0, tally.requests - findings.count)
            for warning in builder.takeWarnings() { print("note: \(warning)") }
        }
        let late = await slow + daemons.ended
        Self.report(late, show: targets.count)
        failed += late.count
        if only == nil { print(daemons.text) }
        try await Cleanup(world: world).run()
        print("fuzz: \(passed) passed, \(failed) failed")
        if failed > 0 { throw ExitCode.failure }
    }

    private static func report(_ findings: [Finding], show: Int) {
        for (_, group) in Dictionary(grouping: findings, by: \.group).sorted(by: { $0.key < $1.key }) {
            for finding in group.prefix(show) { print(finding.text) }
            if group.count > show { print("  … \(group.count - show) more of this kind") }
        }
    }

    private static func remove(_ folder: String) {
        do { try FileManager.default.removeItem(atPath: folder) } catch { print("note: \(folder) is left: \(error)") }
    }
}
