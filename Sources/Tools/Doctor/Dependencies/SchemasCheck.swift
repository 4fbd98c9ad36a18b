import Core
import Database

/// Whether each database has the schema that this release knows.
struct SchemasCheck: DoctorCheck {
    let name = "schemas"
    let summary = "each database has the schema of this release"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        var findings: [Finding] = []
        for service in cloud.services where cloud.has(service.file) {
            do {
                try await Migrator.check(
                    try await cloud.database(service.name), service: service.name, service.migrations)
            } catch let error as ServiceError where error.message.contains("schema") {
                findings.append(
                    Finding(
                        .critical, .mismatch, "schema of \(service.name)", error.message,
                        advice: "apus migrate \(service.name)", isSettled: true))
            } catch let error as ServiceError where error.code == .conflict {
                findings.append(
                    Finding(
                        .critical, .mismatch, "schema of \(service.name)", error.message,
                        advice: "run the release that made it", isSettled: true))
            }
        }
        return findings
    }
}
