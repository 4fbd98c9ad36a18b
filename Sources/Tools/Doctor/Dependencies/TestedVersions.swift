/// The versions of each dependency that the tests run on. Others may work.
enum TestedVersions {
    /// Names as in findings; the versions begin like this.
    private static let tested: [String: [String]] = [
        "MariaDB": ["10.6", "10.11", "11.4"], "RabbitMQ": ["3.10", "3.11", "3.12", "3.13"], "memcached": ["1.6"],
        "libvirt": ["9."], "QEMU": ["7.", "8."], "Open vSwitch": ["3."], "OVN": ["23."], "tgt": ["1.0"],
    ]

    /// A note when `version` is none of those tested.
    static func finding(_ name: String, _ version: String) -> [Finding] {
        guard !version.isEmpty, let known = tested[name], !known.contains(where: version.hasPrefix) else { return [] }
        return [
            Finding(
                .note, .mismatch, "\(name) \(version)", "tested are \(known.map { $0 + "…" }.joined(separator: ", "))",
                advice: "expect differences; run the end-to-end tests against it", isSettled: true)
        ]
    }

    /// The first thing in `text` that looks like a version.
    static func number(in text: String) -> String {
        for word in text.split(whereSeparator: { !($0.isNumber || $0 == ".") }) {
            let parts = word.split(separator: ".")
            if parts.count >= 2, parts.allSatisfy({ $0.allSatisfy(\.isNumber) }) { return String(word) }
        }
        return ""
    }
}

/// Something that the cloud needs and that does not answer.
func unreachable(_ what: String, _ error: any Error, rank: Finding.Rank = .critical, advice: String) -> Finding {
    let reason =
        switch error {
        case let error as CheckFailed: error.reason
        default: String(reflecting: error)
        }
    return Finding(rank, .unreachable, what, String(reason.prefix(400)), advice: advice)
}
