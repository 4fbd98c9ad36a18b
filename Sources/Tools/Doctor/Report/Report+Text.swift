extension Report {
    /// For people: what was found, the worst first, then what could not be looked at, then a line of counts.
    package var text: String {
        var lines: [String] = []
        for (check, finding) in ranked {
            lines.append(
                "\(finding.rank.rawValue.uppercased()) [\(check)] \(finding.kind.rawValue) \(finding.what): \(finding.detail)"
            )
            lines.append("  do: \(finding.advice)")
            if let repair = finding.repair { lines.append("  --repair: \(repair.action)") }
        }
        var clean = 0
        for entry in entries {
            switch entry.result {
            case .findings(let findings): if findings.isEmpty { clean += 1 }
            case .failed(let reason): lines.append("FAILED [\(entry.check)] could not be checked: \(reason)")
            case .skipped(let reason): lines.append("skipped [\(entry.check)] \(reason)")
            }
        }
        let counts = Finding.Rank.allCases.map { "\(count($0)) \($0.rawValue)" }.joined(separator: ", ")
        lines.append("\(entries.count) checks in \(Int(seconds * 1000)) ms: \(clean) without a finding; \(counts)")
        return lines.joined(separator: "\n")
    }
}
