package import Core
import FoundationEssentials
import Glibc

/// Recorded answers, in `Tests/Golden`. With APUS_UPDATE_GOLDEN set, tests write them instead of comparing.
package enum Golden {
    package static var isRecording: Bool { getenv("APUS_UPDATE_GOLDEN") != nil }

    /// `Tests/Golden/NAME`, found from a test's own file.
    package static func path(_ name: String, from file: StaticString = #filePath) -> String {
        "\(root(file))/Tests/Golden/\(name)"
    }

    /// The top of the source tree that a test's file is in.
    package static func root(_ file: StaticString = #filePath) -> String {
        let parts = "\(file)".split(separator: "/", omittingEmptySubsequences: false)
        return parts[..<(parts.lastIndex(of: "Tests") ?? parts.endIndex)].joined(separator: "/")
    }

    /// The members of a recorded object; nil when there is no such file.
    package static func read(_ path: String) throws -> [String: JSONValue]? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return try JSONValue.parse(Array(data)).object ?? [:]
    }

    /// Writes an object with one member a line, so that a change shows as what it is.
    package static func write(_ members: [String: JSONValue], to path: String) throws {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let rows = members.sorted { $0.key < $1.key }
            .map { "  \(JSONValue.string($0.key).jsonText): \($0.value.jsonText)" }
        try Data("{\n\(rows.joined(separator: ",\n"))\n}\n".utf8).write(to: URL(filePath: path))
    }

    /// What differs from the recorded object, one line a member; records it instead when asked to.
    package static func differences(_ found: [String: JSONValue], from path: String) throws -> [String] {
        if isRecording {
            try write(found, to: path)
            return []
        }
        guard let recorded = try read(path) else { return ["\(path) is missing: set APUS_UPDATE_GOLDEN=1 to write it"] }
        return Set(recorded.keys).union(found.keys).sorted().compactMap { key in
            guard recorded[key] != found[key] else { return nil }
            return
                "\(key): recorded \(recorded[key]?.jsonText ?? "nothing"), found \(found[key]?.jsonText ?? "nothing")"
        }
    }
}
