import ArgumentParser
import AsyncHTTPClient
import Core
import FoundationEssentials
import NIOCore
import NIOHTTP1
import Runtime

/// `apus status`: what each daemon on this machine says of itself.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Asks the daemons configured on this machine whether they are ready. Exit status 1 if one is not.")

    @ArgumentParser.OptionGroup var files: ConfigurationOptions

    @Flag(help: "As JSON.")
    var json = false

    static let daemons = [
        "identity", "image", "block-storage", "network", "scheduler", "conductor", "compute-api", "compute-agent",
    ]

    struct Answer: Sendable {
        var daemon: String
        var isReady: Bool
        var detail: String
    }

    func run() async throws {
        var answers: [Answer] = []
        for daemon in Self.daemons {
            let path = "\(files.config)/\(daemon).conf"
            guard FileManager.default.fileExists(atPath: path) else { continue }
            let admin = try ServiceFiles.configuration(path, files.overrides).read(AdminOptions.self)
            answers.append(await Self.ask(daemon, "http://\(admin.bind):\(admin.port)/readyz", port: admin.port))
        }
        if json {
            var writer = JSONWriter()
            writer.array(answers) { json, answer in
                json.object {
                    $0.field("daemon", answer.daemon)
                    $0.field("ready", answer.isReady)
                    $0.field("detail", answer.detail)
                }
            }
            print(writer.text)
        } else {
            var table = Table("DAEMON", "READY", "")
            table.rows = answers.map { [$0.daemon, $0.isReady ? "yes" : "NO", $0.detail] }
            print(table.text)
        }
        guard answers.allSatisfy(\.isReady) else { throw ExitCode(1) }
    }

    private static func ask(_ daemon: String, _ url: String, port: Int) async -> Answer {
        guard port != 0 else { return Answer(daemon: daemon, isReady: true, detail: "no admin port: not asked") }
        do {
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: url), timeout: TimeAmount.seconds(5))
            let body = try await response.body.collect(upTo: 65536)
            let document = try JSONValue.parse(Array(body.readableBytesView))
            let failed = (document["checks"]?.object ?? [:]).filter { $0.value.string != "ok" }
                .sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.string ?? $0.value.jsonText)" }
            return Answer(
                daemon: daemon, isReady: response.status.code == 200, detail: failed.joined(separator: "; "))
        } catch {
            return Answer(daemon: daemon, isReady: false, detail: "does not answer at \(url)")
        }
    }
}
