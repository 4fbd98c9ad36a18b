import ArgumentParser
import Core
import Doctor
import Glibc
import Stories

/// `apus doctor`: compares the databases with what there really is, looks at what the cloud needs, and mends.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Looks for what is not as it should be, from databases to disks, and makes the safe repairs.",
        discussion: """
            Exit status: 0 nothing to do (notes do not count), 1 findings, 2 a check could not be made or something \
            that the cloud needs does not answer. docs/reference/doctor.md tells of each check and repair.
            """)

    @ArgumentParser.OptionGroup var files: ConfigurationOptions

    @Flag(help: "As JSON.")
    var json = false

    @Flag(help: "Lists the checks.")
    var list = false

    @Option(help: ArgumentHelp("Only these checks.", valueName: "check,check…"))
    var only: String?

    @Flag(help: "Makes the safe repairs, and looks again.")
    var repair = false

    @Flag(help: "With --repair: says what would be done.")
    var dryRun = false

    @Flag(help: "Shows the repairs that were made from this machine.")
    var journal = false

    @Option(help: "Where repairs are written down.")
    var journalFile = RepairJournal.defaultPath

    func validate() throws {
        if dryRun, !repair { throw ValidationError("--dry-run goes with --repair.") }
    }

    func run() async throws {
        let book = RepairJournal(path: journalFile)
        if journal { return try show(try book.entries()) }
        let checks = try chosen()
        if list { return showList(checks) }
        let cloud = Cloud(
            folder: files.config, overrides: files.overrides,
            services: ServiceSchema.all.map { ServiceDatabase(name: $0.name, file: $0.file, migrations: $0.migrations) }
        )
        var report = await Examination(checks).run(cloud)
        var repairs: [RepairEntry] = []
        if repair {
            let run = RepairRun(journal: book, by: Self.user())
            repairs = dryRun ? run.proposals(report, cloud) : try await run.repair(report, cloud)
            if !dryRun, !repairs.isEmpty { report = await Examination(checks).run(cloud) }
        }
        print(json ? report.json(repairs: repairs) : (repairs.map(\.text) + [report.text]).joined(separator: "\n"))
        // What still hangs in a check that ran out of time is left behind.
        Glibc.fflush(nil)
        Glibc.exit(report.exitStatus)
    }

    private func chosen() throws -> [any DoctorCheck] {
        guard let only else { return allDoctorChecks }
        return try only.split(separator: ",").map { name in
            guard let check = allDoctorChecks.first(where: { $0.name == name }) else {
                throw ValidationError("There is no check \(name): apus doctor --list")
            }
            return check
        }
    }

    private func showList(_ checks: [any DoctorCheck]) {
        var table = Table("CHECK", "LOOKS AT")
        table.rows = checks.map { [$0.name, $0.summary] }
        print(table.text)
    }

    private func show(_ entries: [RepairEntry]) throws {
        guard json else { return print(entries.map(\.text).joined(separator: "\n")) }
        var writer = JSONWriter()
        writer.array(entries) { json, entry in entry.write(to: &json) }
        print(writer.text)
    }

    /// Who asks, also behind sudo.
    private static func user() -> String {
        var host = [CChar](repeating: 0, count: 256)
        guard gethostname(&host, host.count - 1) == 0 else { return "uid \(getuid())" }
        let name = String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let user =
            getenv("SUDO_USER").map { String(cString: $0) }
            ?? getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) }
        return "\(user ?? "uid \(getuid())")@\(name)"
    }
}
