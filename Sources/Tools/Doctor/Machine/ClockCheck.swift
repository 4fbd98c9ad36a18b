import Core
import Database
import FoundationEssentials

/// Whether this machine, the databases and the daemons agree on what time it is.
struct ClockCheck: DoctorCheck {
    let name = "clock"
    let summary = "this machine's clock, MariaDB's and each daemon's agree"

    /// Seconds. Leases and heartbeats bear a few; tokens are minutes.
    private static let tolerated = 2.0
    private static let harmful = 10.0

    func run(_ cloud: Cloud) async throws -> [Finding] {
        var findings: [Finding] = []
        for service in cloud.services where cloud.has(service.file) {
            let database = try await cloud.database(service.name)
            let before = cloud.clock.now()
            guard let row = try await database.first("SELECT UTC_TIMESTAMP(6) AS now") else { continue }
            let skew = Self.skew(of: try row.get("now"), between: before, and: cloud.clock.now(), resolution: 0)
            findings += Self.finding("MariaDB of \(service.name)", skew)
        }
        for daemon in DaemonsCheck.daemons where cloud.has("\(daemon).conf") {
            guard let url = try DaemonsCheck.adminURL(daemon, cloud) else { continue }
            do {
                let answer = try await HTTPProbe.get("\(url)/healthz", cloud.clock)
                guard let date = answer.date else { continue }
                let skew = Self.skew(of: date, between: answer.sent, and: answer.received, resolution: 1)
                findings += Self.finding("daemon \(daemon)", skew)
            } catch is CheckFailed {
                continue  // The check of daemons tells.
            }
        }
        return findings
    }

    /// How many seconds `theirs` is certainly away from the time between two readings of our clock.
    /// - Parameter resolution: seconds: theirs may be that much later than it says.
    static func skew(of theirs: Date, between before: Date, and after: Date, resolution: Double) -> Double {
        let late = theirs.timeIntervalSince(after)
        let early = before.timeIntervalSince(theirs) - resolution
        return late > 0 ? late : early > 0 ? -early : 0
    }

    private static func finding(_ whose: String, _ skew: Double) -> [Finding] {
        guard abs(skew) > tolerated else { return [] }
        let amount = Double(Int(abs(skew) * 10)) / 10
        return [
            Finding(
                abs(skew) > harmful ? .critical : .warning, .mismatch, "clock of \(whose)",
                "it is \(amount) s \(skew > 0 ? "ahead of" : "behind") this machine's",
                advice: "run chrony or another NTP client on every host")
        ]
    }
}

/// Whether the daemons that send heartbeats do.
struct HeartbeatsCheck: DoctorCheck {
    let name = "heartbeats"
    let summary = "conductors, schedulers and hosts have been seen lately, and not in the future"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let rows = try await cloud.database("compute").query(
            """
            SELECT host, `binary`, is_disabled, is_forced_down,
                CAST(TIMESTAMPDIFF(SECOND, COALESCE(last_seen_at, created_at), UTC_TIMESTAMP(6)) AS SIGNED) AS age
            FROM services ORDER BY host, `binary` LIMIT 10000
            """)
        return try rows.compactMap { row in
            let host: String = try row.get("host")
            let binary: String = try row.get("binary")
            let age: Int = try row.get("age")
            let what = "\(binary) on \(host)"
            if age < -5 {
                return Finding(
                    .warning, .mismatch, what, "it was seen \(-age) s in the future",
                    advice: "set that host's clock right: run an NTP client on every host")
            }
            guard age > 60, try !row.get("is_forced_down", as: Bool.self) else { return nil }
            let isOff = try row.get("is_disabled", as: Bool.self)
            return Finding(
                isOff || age > 7 * 86400 ? .note : .critical, .missing, what, "it has not been seen for \(age) s",
                advice: isOff
                    ? "openstack compute service delete, if it does not come back"
                    : "start it there; if the host is gone: openstack compute service set --down \(host) \(binary)")
        }
    }
}
