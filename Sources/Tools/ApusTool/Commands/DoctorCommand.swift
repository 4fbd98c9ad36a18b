import ArgumentParser
import Core
import FoundationEssentials

/// `apus doctor`: compares the databases with what is really on this machine.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Compares the databases with libvirt, OVN, iSCSI targets, files, allocations and each other.",
        discussion: "Exit status: 0 no difference, 1 differences, 2 a comparison could not be made.")

    @ArgumentParser.OptionGroup var files: ConfigurationOptions

    @Flag(help: "As JSON.")
    var json = false

    static let checks: [any DoctorCheck] = [
        DomainsCheck(), DisksCheck(), AllocationsCheck(), InventoriesCheck(), OVNCheck(), InterfacesCheck(),
        PortsCheck(), ImageFilesCheck(), VolumeFilesCheck(), TargetsCheck(), AttachmentsCheck(), UsageCheck(), WorkflowsCheck(),
    ]

    private enum Result {
        case findings([Finding])
        case skipped(String)
        case failed(String)
    }

    /// Work in progress looks like a difference for a moment, so what differs is looked at again.
    private static let rounds = 3

    func run() async throws {
        let cloud = DoctorContext(files)
        var results: [(name: String, result: Result)] = []
        for check in Self.checks {
            var result = await Self.result(of: check, cloud)
            for _ in 1..<Self.rounds {
                guard case .findings(let before) = result, !before.isEmpty else { break }
                try await Task.sleep(for: .seconds(1))
                let again = await Self.result(of: check, cloud)
                guard case .findings(let now) = again else { break }
                result = .findings(now.filter(before.contains))
            }
            results.append((check.name, result))
        }
        await cloud.close()
        print(json ? Self.json(results) : Self.text(results))
        if results.contains(where: { if case .failed = $0.result { true } else { false } }) { throw ExitCode(2) }
        let count = results.reduce(0) { if case .findings(let all) = $1.result { $0 + all.count } else { $0 } }
        if count > 0 { throw ExitCode(1) }
    }

    private static func result(of check: any DoctorCheck, _ cloud: DoctorContext) async -> Result {
        do {
            return .findings(try await check.run(cloud))
        } catch let skipped as CheckSkipped {
            return .skipped(skipped.reason)
        } catch let error as ServiceError {
            return .failed("\(error.message) \(error.detail ?? "")")
        } catch {
            return .failed("\(error)")
        }
    }

    private static func text(_ results: [(name: String, result: Result)]) -> String {
        var lines: [String] = []
        for (name, result) in results {
            switch result {
            case .findings(let findings) where findings.isEmpty: lines.append("\(name): no difference")
            case .findings(let findings):
                lines.append("\(name): \(findings.count) differences")
                lines += findings.map { "  \($0.kind.rawValue) \($0.what): \($0.detail)" }
            case .skipped(let reason): lines.append("\(name): not compared, \(reason)")
            case .failed(let reason): lines.append("\(name): FAILED, \(reason)")
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func json(_ results: [(name: String, result: Result)]) -> String {
        var writer = JSONWriter()
        writer.array(results) { json, entry in
            json.object { json in
                json.field("check", entry.name)
                switch entry.result {
                case .findings(let findings):
                    json.field("findings") {
                        $0.array(findings) { json, finding in
                            json.object {
                                $0.field("kind", finding.kind.rawValue)
                                $0.field("what", finding.what)
                                $0.field("detail", finding.detail)
                            }
                        }
                    }
                case .skipped(let reason): json.field("skipped", reason)
                case .failed(let reason): json.field("failed", reason)
                }
            }
        }
        return writer.text
    }
}
