import Core
import Database
package import FoundationEssentials
import Workflow

/// An object that a text may mean.
package struct FoundObject: Sendable, Hashable {
    package let kind: ObjectKind
    package let id: String
    package let name: String?
    package let project: String?
    package let deletedAt: Date?

    package var line: String {
        var line = "\(kind.rawValue) \(id)"
        if let name, !name.isEmpty { line += " (\(name))" }
        if let project, !project.isEmpty {
            line += (kind == .project || kind == .user ? " in domain " : " of project ") + project
        }
        if deletedAt != nil { line += ", deleted" }
        return line
    }
}

/// Finds what an operator means by an id or a name.
package struct ObjectFinder: Sendable {
    private let databases: CloudDatabases

    package init(_ databases: CloudDatabases) { self.databases = databases }

    /// The one object that `text` names: by id before by name, what is there before what has been deleted.
    ///
    /// - Parameter kind: only of this kind; nil for all.
    /// - Throws: `.notFound`, also saying which services could not be asked; `.conflict` with the candidates,
    ///   one a line.
    package func find(_ text: String, kind: ObjectKind? = nil) async throws -> FoundObject {
        var all: [FoundObject] = []
        for one in ObjectKind.allCases where kind == nil || kind == one { all += try await candidates(text, one) }
        let byID = all.filter { $0.id == text }
        let matches = byID.isEmpty ? all : byID
        let present = matches.filter { $0.deletedAt == nil }
        // Several that are gone: the one that went last is what is asked for.
        let chosen = present.isEmpty ? Array(matches.prefix(1)) : present
        guard let only = chosen.first else {
            let what = kind.map { "\($0.rawValue) " } ?? "object "
            let silent = databases.missing.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }
            throw ServiceError(
                .notFound,
                "There is no \(what)\(text)."
                    + (silent.isEmpty ? "" : " Not asked: " + silent.joined(separator: ", ") + "."))
        }
        guard chosen.count == 1 else {
            throw ServiceError(
                .conflict,
                "\(chosen.count) objects are named \(text); say which by its id:\n"
                    + chosen.map { "  \($0.line)" }.joined(separator: "\n"))
        }
        return only
    }

    private func candidates(_ text: String, _ kind: ObjectKind) async throws -> [FoundObject] {
        guard let service = kind.service, let sql = kind.find(text) else {
            guard let saga = try await Workflows(databases).show(text) else { return [] }
            return [
                FoundObject(kind: .workflow, id: text, name: saga.record.name, project: nil, deletedAt: nil)
            ]
        }
        guard let database = databases[service: service] else { return [] }
        return try await database.query(sql).map { row in
            FoundObject(
                kind: kind, id: try row.get("id"), name: try row.get("name"), project: try row.get("project"),
                deletedAt: try row.get("deleted_at"))
        }
    }
}
