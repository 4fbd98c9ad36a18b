import Core

extension Report {
    /// For scripts; docs/reference/doctor.md describes it. Keys are only ever added.
    package func json(repairs: [RepairEntry] = []) -> String {
        var writer = JSONWriter()
        writer.object { json in
            json.field("version", 1)
            json.field("time", time.iso8601)
            json.field("seconds", seconds)
            json.field("exit_status", Int(exitStatus))
            json.field("counts") { json in
                json.object { json in
                    for rank in Finding.Rank.allCases { json.field(rank.rawValue, count(rank)) }
                }
            }
            json.field("findings") { json in
                json.array(ranked) { json, entry in Self.write(entry.finding, of: entry.check, to: &json) }
            }
            json.field("checks") { json in json.array(entries) { json, entry in Self.write(entry, to: &json) } }
            json.field("repairs") { json in json.array(repairs) { json, entry in entry.write(to: &json) } }
        }
        return writer.text
    }

    private static func write(_ finding: Finding, of check: String, to json: inout JSONWriter) {
        json.object {
            $0.field("check", check)
            $0.field("rank", finding.rank.rawValue)
            $0.field("kind", finding.kind.rawValue)
            $0.field("what", finding.what)
            $0.field("detail", finding.detail)
            $0.field("advice", finding.advice)
            $0.field("repair", finding.repair?.action)
        }
    }

    private static func write(_ entry: Entry, to json: inout JSONWriter) {
        json.object {
            $0.field("check", entry.check)
            switch entry.result {
            case .findings(let findings):
                $0.field("status", findings.isEmpty ? "clean" : "findings")
                $0.field("reason", nil as String?)
            case .skipped(let reason):
                $0.field("status", "skipped")
                $0.field("reason", reason)
            case .failed(let reason):
                $0.field("status", "failed")
                $0.field("reason", reason)
            }
            $0.field("seconds", entry.seconds)
        }
    }
}
