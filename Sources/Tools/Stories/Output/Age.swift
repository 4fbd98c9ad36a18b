package import FoundationEssentials

/// How long ago something was, as an operator reads it: `42 s`, `5 min`, `3 h`, `2 d`.
package func age(_ date: Date, now: Date) -> String {
    let seconds = Int(max(0, now.timeIntervalSince(date)))
    switch seconds {
    case ..<120: return "\(seconds) s"
    case ..<7200: return "\(seconds / 60) min"
    case ..<172_800: return "\(seconds / 3600) h"
    default: return "\(seconds / 86400) d"
    }
}
