import FoundationEssentials

/// A daemon on this machine: its process and its memory, from /proc.
struct ProcessWatch: Sendable {
    let daemon: String
    let pid: Int
    /// Resident memory when the watch began.
    private(set) var startKiB = 0

    /// nil when there is no process id file, as with a cloud elsewhere.
    init?(daemon: String, folder: String) {
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(daemon).pid"),
            let pid = String(decoding: data, as: UTF8.self).split(separator: " ").first.flatMap({ Int($0) })
        else { return nil }
        self.daemon = daemon
        self.pid = pid
        startKiB = residentKiB ?? 0
    }

    /// Resident memory in KiB; nil when the process is gone.
    var residentKiB: Int? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/status") else { return nil }
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") where line.hasPrefix("VmRSS:") {
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        }
        return nil
    }
}
