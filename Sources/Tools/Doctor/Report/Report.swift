package import FoundationEssentials

/// What the checks found.
package struct Report: Sendable {
    package enum Result: Sendable {
        case findings([Finding])
        case skipped(String)
        case failed(String)
    }

    package struct Entry: Sendable {
        package let check: String
        package let result: Result
        package let seconds: Double

        package var findings: [Finding] { if case .findings(let all) = result { all } else { [] } }
    }

    package let time: Date
    package let seconds: Double
    package let entries: [Entry]

    package init(time: Date, seconds: Double, entries: [Entry]) {
        self.time = time
        self.seconds = seconds
        self.entries = entries
    }

    /// All findings with the check that made them, the worst first.
    package var ranked: [(check: String, finding: Finding)] {
        let all = entries.flatMap { entry in entry.findings.map { (check: entry.check, finding: $0) } }
        return Finding.Rank.allCases.flatMap { rank in all.filter { $0.finding.rank == rank } }
    }

    package func count(_ rank: Finding.Rank) -> Int { ranked.count { $0.finding.rank == rank } }

    /// For scripts: 2 when a check could not be made or something that the cloud needs does not answer, 1 when
    /// there is something to do, 0 otherwise. Notes do not count.
    package var exitStatus: Int32 {
        let isIncomplete = entries.contains { if case .failed = $0.result { true } else { false } }
        if isIncomplete || ranked.contains(where: { $0.finding.kind == .unreachable && $0.finding.rank != .note }) {
            return 2
        }
        return count(.critical) + count(.warning) > 0 ? 1 : 0
    }
}
