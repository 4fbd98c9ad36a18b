import ArgumentParser
import AsyncHTTPClient
import FoundationEssentials
import Stories

/// `apus status`: how the cloud is, in one page.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract:
            "Shows the daemons of this machine, the cloud's hosts and workflows. Exit status 1 if a daemon is not ready."
    )

    @ArgumentParser.OptionGroup var files: ConfigurationOptions

    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
        let addresses = try files.daemonAddresses()
        let daemons = await withTaskGroup(of: (Int, DaemonReport).self) { group in
            for (index, address) in addresses.enumerated() {
                group.addTask { (index, await DaemonReport.ask(address, .shared)) }
            }
            var found: [(Int, DaemonReport)] = []
            for await one in group { found.append(one) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
        let databases = await files.cloudDatabases()
        let status = await CloudStatus(daemons, databases, now: Date())
        await databases.close()
        print(json ? status.json : status.text)
        guard status.isReady else { throw ExitCode(1) }
    }
}
