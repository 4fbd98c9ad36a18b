package import Core
import FoundationEssentials

/// One repair: who, when, what was found, what was done, and how it ended.
package struct RepairEntry: Codable, Sendable, Hashable {
    package enum Result: String, Codable, Sendable {
        /// Written before the repair starts: one that stays so was broken off.
        case begun
        case done, refused, failed
        /// Only said, by `--dry-run`; never journaled.
        case proposed
    }

    package var id: String
    package var time: String
    package var finished: String?
    /// The user who asked for it, and the machine.
    package var by: String
    package var check: String
    package var rank: String
    /// The finding: what and its detail.
    package var found: String
    package var action: String
    package var result: Result
    package var message: String?

    init(id: String, time: Date, by: String, check: String, finding: Finding, repair: Repair, result: Result) {
        self.id = id
        self.time = time.iso8601
        self.by = by
        self.check = check
        self.rank = finding.rank.rawValue
        self.found = "\(finding.kind.rawValue) \(finding.what): \(finding.detail)"
        self.action = repair.action
        self.result = result
    }

    package var text: String {
        let end = message.map { ": \($0)" } ?? ""
        return "\(time) \(by) [\(check)] \(found)\n  \(action): \(result.rawValue)\(end)"
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("id", id)
            $0.field("time", time)
            $0.field("finished", finished)
            $0.field("by", by)
            $0.field("check", check)
            $0.field("rank", rank)
            $0.field("found", found)
            $0.field("action", action)
            $0.field("result", result.rawValue)
            $0.field("message", message)
        }
    }
}
