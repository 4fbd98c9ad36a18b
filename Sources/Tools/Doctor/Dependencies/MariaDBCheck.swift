import Core
import Database

/// Whether the databases answer, can be written, and have connections left.
struct MariaDBCheck: DoctorCheck {
    let name = "mariadb"
    let summary = "the services' databases answer, can be written and have connections left; MariaDB's version"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        var findings: [Finding] = []
        var servers: Set<String> = []
        for service in cloud.services where cloud.has(service.file) {
            do {
                let row = try await cloud.database(service.name).first(
                    """
                    SELECT VERSION() AS version, @@hostname AS host, @@port AS port, @@read_only AS read_only,
                        CAST(@@max_connections AS SIGNED) AS highest,
                        (SELECT COUNT(*) FROM information_schema.processlist) AS used
                    """)
                guard let row else { continue }
                let server = "\(try row.get("host", as: String.self)):\(try row.get("port", as: Int.self))"
                if servers.insert(server).inserted { findings += try facts(row, server) }
            } catch is CheckSkipped {
                continue
            } catch {
                findings.append(
                    unreachable(
                        "database \(service.name)", error,
                        advice: "start MariaDB, or mend [database] in \(cloud.folder)/\(service.file)"))
            }
        }
        return findings
    }

    private func facts(_ row: Row, _ server: String) throws -> [Finding] {
        var findings = TestedVersions.finding(
            "MariaDB", TestedVersions.number(in: try row.get("version", as: String.self)))
        if try row.get("read_only", as: Int.self) != 0 {
            findings.append(
                Finding(
                    .critical, .mismatch, "MariaDB \(server)", "it is read-only",
                    advice: "SET GLOBAL read_only = OFF, when it is meant to be the primary"))
        }
        let highest: Int = try row.get("highest")
        // Only those of the user who asks, without the PROCESS privilege: a lower bound.
        let used: Int = try row.get("used")
        if used * 10 >= highest * 9 {
            findings.append(
                Finding(
                    .warning, .mismatch, "connections of MariaDB \(server)", "\(used) of \(highest) are in use",
                    advice: "raise max_connections, or lower [database] pool_size of the daemons"))
        }
        return findings
    }
}
