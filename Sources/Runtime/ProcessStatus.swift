import Core
import FoundationEssentials
import Glibc

/// What a daemon says of itself to operators.
struct ProcessStatus {
    let json: String

    init(_ daemon: DaemonEnvironment, _ readiness: Readiness, startedAt: Date) {
        var json = JSONWriter()
        json.object { json in
            json.field("daemon", daemon.name)
            json.field("host", daemon.host)
            json.field("version", Daemon.version)
            json.field("pid", Int(getpid()))
            json.field("started_at", startedAt.iso8601MicroZ)
            json.field("resident_bytes", Self.residentBytes)
            readiness.write(to: &json)
            json.field("facts") { json in
                json.object { json in
                    for (name, value) in ProcessFacts.shared.all.sorted(by: { $0.key < $1.key }) {
                        json.field(name, value)
                    }
                }
            }
            json.field("last_error", LastErrorLine.shared.json)
        }
        self.json = json.text
    }

    /// From `/proc/self/statm`, whose second number is in pages; nil when it cannot be read.
    private static var residentBytes: Int? {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text = [UInt8](repeating: 0, count: 128)
        let count = read(descriptor, &text, text.count)
        let words = String(decoding: text.prefix(max(count, 0)), as: UTF8.self).split(separator: " ")
        return words.count > 1 ? Int(words[1]).map { $0 * sysconf(Int32(_SC_PAGESIZE)) } : nil
    }
}
