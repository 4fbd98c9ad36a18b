import ArgumentParser
import Core
import Database
import FoundationEssentials
import Identity
import Stories

/// `apus audit`: who changed what in identity.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Shows who did what to which of identity's objects, the newest first.")

    @ArgumentParser.OptionGroup var files: ConfigurationOptions

    @Option(help: "Only what this user did (id).")
    var user: String?

    @Option(help: "Only what was done to this object, or with it: an id of a user, project, role and so on.")
    var object: String?

    @Option(help: "Only objects of this kind, such as user, project, role_assignment.")
    var resource: String?

    @Option(help: "Only what this request did: its own id, or that of the request it was made for.")
    var request: String?

    @Option(help: "Only what was done since: 90s, 2h, or a time such as 2026-11-21T07:00:00Z.")
    var since: String?

    @Option(help: "Only what was done before: a length of time or a time.")
    var until: String?

    @Option(help: "How many rows.")
    var limit = 100

    @Option(help: "Only rows before this number, with which the page before ended.")
    var before: Int64?

    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
        let now = Date()
        var filter = AuditStore.Filter()
        filter.userID = user.map { UserID($0) }
        filter.objectID = object
        if let resource {
            guard Change.Resource(rawValue: resource) != nil else {
                let known = Change.Resource.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("'\(resource)' is no kind of object: \(known).")
            }
            filter.resource = resource
        }
        filter.requestID = request
        filter.since = try since.map { try Self.time($0, now) }
        filter.until = try until.map { try Self.time($0, now) }
        filter.before = before
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be between 1 and 10000.") }
        let entries = try await Self.list(filter, limit, try files.configuration("identity.conf"))
        print(json ? Self.text(entries) : Self.table(entries).text)
    }

    private static func list(
        _ filter: AuditStore.Filter, _ limit: Int, _ configuration: Core.Configuration
    ) async throws -> [AuditEntry] {
        let database = try await ServiceFiles.database(configuration)
        try await Migrator.check(database, service: "identity", identityMigrations)
        let entries = try await database.read("list audit") { try AuditStore.list(filter, limit: limit, $0) }
        await database.close()
        return entries
    }

    private static func time(_ text: String, _ now: Date) throws -> Date {
        if let length = Duration(optionText: text) { return now.addingTimeInterval(-length.seconds) }
        guard let date = Date(iso8601: text) else {
            throw ValidationError("'\(text)' is neither a length of time nor a time: 90s, 2h, 2026-11-21T07:00:00Z.")
        }
        return date
    }

    private static func table(_ entries: [AuditEntry]) -> Table {
        var table = Table(["number", "time", "who", "did", "object", "with", "address", "request"])
        table.rows = entries.map { entry in
            [
                "\(entry.number)", entry.at.iso8601MicroZ, entry.userName ?? entry.userID?.rawValue ?? "-",
                "\(entry.operation) \(entry.resource)", entry.objectID, entry.relatedID ?? "-", entry.address ?? "-",
                entry.requestID,
            ]
        }
        return table
    }

    private static func text(_ entries: [AuditEntry]) -> String {
        var writer = JSONWriter()
        writer.array(entries) { json, entry in
            json.object {
                $0.field("number", Int(entry.number))
                $0.field("time", entry.at.iso8601MicroZ)
                $0.field("operation", entry.operation)
                $0.field("resource", entry.resource)
                $0.field("object", entry.objectID)
                $0.field("related", entry.relatedID)
                $0.field("details", .object(entry.details))
                $0.field("user_id", entry.userID)
                $0.field("user_name", entry.userName)
                $0.field("project_id", entry.projectID)
                $0.field("domain_id", entry.domainID)
                $0.field("request_id", entry.requestID)
                $0.field("global_request_id", entry.globalRequestID)
                $0.field("address", entry.address)
            }
        }
        return writer.text
    }
}
