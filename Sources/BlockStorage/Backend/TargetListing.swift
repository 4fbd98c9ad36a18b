/// What `tgtadm --op show --mode target` prints, read into values.
package struct TargetListing: Sendable, Hashable {
    package struct Target: Sendable, Hashable {
        package var number: Int
        package var name: String
        /// Backing files by LUN; LUN 0 is the controller.
        package var files: [Int: String] = [:]
        package var accounts: [String] = []
        /// Addresses and initiator names that may connect.
        package var allowed: [String] = []
        /// Sessions, each with its connections.
        package var sessions: [Int: [Int]] = [:]
    }

    package private(set) var targets: [Target] = []

    package init(_ text: String) {
        var section = ""
        var lun: Int?
        var session: Int?
        for line in text.split(separator: "\n") {
            let indent = line.prefix { $0 == " " }.count
            let words = line.dropFirst(indent)
            if indent == 0, words.hasPrefix("Target ") {
                let parts = words.dropFirst("Target ".count).split(separator: ":", maxSplits: 1)
                guard parts.count == 2, let number = Int(parts[0]) else { continue }
                targets.append(Target(number: number, name: String(parts[1].drop { $0 == " " })))
                section = ""
                continue
            }
            guard !targets.isEmpty else { continue }
            let last = targets.count - 1
            if indent == 4 {
                section = String(words.prefix { $0 != ":" })
                lun = nil
                session = nil
            } else if section == "LUN information" {
                if words.hasPrefix("LUN: ") {
                    lun = Int(words.dropFirst(5))
                } else if words.hasPrefix("Backing store path: "), let lun {
                    targets[last].files[lun] = String(words.dropFirst("Backing store path: ".count))
                }
            } else if section == "I_T nexus information" {
                if words.hasPrefix("I_T nexus: ") {
                    session = Int(words.dropFirst("I_T nexus: ".count))
                    if let session { targets[last].sessions[session] = [] }
                } else if words.hasPrefix("Connection: "), let session, let number = Int(words.dropFirst(12)) {
                    targets[last].sessions[session]?.append(number)
                }
            } else if section == "Account information" {
                targets[last].accounts.append(String(words.prefix { $0 != " " }))
            } else if section == "ACL information" {
                targets[last].allowed.append(String(words))
            }
        }
    }
}
