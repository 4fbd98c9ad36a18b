import Caching
import Core

/// Whether each memcached that a daemon is told of answers.
struct MemcachedCheck: DoctorCheck {
    let name = "memcached"
    let summary = "each memcached that daemons use answers; its version"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        var servers: Set<String> = []
        for daemon in DaemonsCheck.daemons where cloud.has("\(daemon).conf") {
            servers.formUnion(try cloud.configuration("\(daemon).conf").read(CacheOptions.self).servers)
        }
        guard !servers.isEmpty else { throw CheckSkipped(reason: "no daemon here uses memcached") }
        var findings: [Finding] = []
        for server in servers.sorted() {
            do {
                let answer = try await LineProbe.ask(server, "version")
                findings += TestedVersions.finding("memcached", TestedVersions.number(in: answer))
            } catch {
                findings.append(
                    unreachable(
                        "memcached \(server)", error, rank: .warning,
                        advice: "start it; meanwhile every token is checked with identity, which is slower"))
            }
        }
        return findings
    }
}
