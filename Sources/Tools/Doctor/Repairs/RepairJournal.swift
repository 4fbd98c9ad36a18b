import Core
import FoundationEssentials
import Glibc

/// The repairs that were made on this machine: a file of JSON lines, the newest last, the oldest dropped beyond
/// the limit. It is replaced whole, under a lock, so that a reader never sees half of it.
package struct RepairJournal: Sendable {
    package static let defaultPath = "/var/lib/apus/doctor/journal.jsonl"

    package let path: String
    package let limit: Int

    package init(path: String = RepairJournal.defaultPath, limit: Int = 1000) {
        self.path = path
        self.limit = limit
    }

    /// The entries, oldest first; none when there is no journal yet.
    package func entries() throws -> [RepairEntry] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        let decoder = JSONDecoder()
        return try Data(contentsOf: URL(filePath: path)).split(separator: UInt8(ascii: "\n")).map {
            try decoder.decode(RepairEntry.self, from: Data($0))
        }
    }

    /// Adds an entry, or replaces the one of the same id.
    /// - Throws: `ServiceError` when the journal cannot be written; nothing may be repaired then.
    package func store(_ entry: RepairEntry) throws {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try locked {
            var all = try entries().filter { $0.id != entry.id }
            all.append(entry)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            var bytes: [UInt8] = []
            for entry in all.suffix(limit) { bytes += try encoder.encode(entry) + [UInt8(ascii: "\n")] }
            try write(bytes)
        }
    }

    private func locked(_ body: () throws -> Void) throws {
        let descriptor = open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("\(path).lock") }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX) == 0 else { throw failure("\(path).lock") }
        try body()
    }

    private func write(_ bytes: [UInt8]) throws {
        let fresh = "\(path).new"
        let descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(fresh) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw failure(fresh) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0, rename(fresh, path) == 0 else { throw failure(path) }
    }

    private func failure(_ path: String) -> ServiceError {
        ServiceError(
            .unavailable, "The journal of repairs cannot be written.",
            detail: "\(path): \(String(cString: strerror(errno)))")
    }
}
