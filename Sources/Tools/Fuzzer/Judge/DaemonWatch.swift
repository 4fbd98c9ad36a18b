import FoundationEssentials

/// All daemons of this machine: whoever is there at the start must be there, as the same process, at the end.
/// A request to one service reaches others, so one run watches all.
struct DaemonWatch: Sendable {
    private let folder: String
    private let started: [ProcessWatch]

    /// - Parameter folder: with the process id files; none, as with a cloud elsewhere, is nobody to watch.
    init(folder: String) {
        self.folder = folder
        started = Self.names(folder).compactMap { ProcessWatch(daemon: $0, folder: folder) }
    }

    private static func names(_ folder: String) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasSuffix(".pid") }.map { String($0.dropLast(4)) }.sorted()
        } catch { return [] }
    }

    /// The daemons that are not the process any more that they were.
    var ended: [Finding] {
        started.filter { $0.residentKiB == nil || ProcessWatch(daemon: $0.daemon, folder: folder)?.pid != $0.pid }
            .map { Finding(service: nil, problem: "\($0.daemon) (process \($0.pid)) has ended") }
    }

    /// A line about each: process, and resident memory then and now in KiB.
    var text: String {
        let grown = started.map { "\($0.daemon) \($0.startKiB) -> \($0.residentKiB.map(String.init) ?? "ended")" }
        return "daemons, KiB resident: " + grown.joined(separator: ", ")
    }
}
