import Core
import FoundationEssentials
import WebAPI

/// Whether files with passwords and keys are closed to others.
struct SecretsCheck: DoctorCheck {
    let name = "secrets"
    let summary = "files with passwords and private keys are closed to other users"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        var paths: [String] = []
        for daemon in DaemonsCheck.daemons where cloud.has("\(daemon).conf") {
            paths.append("\(cloud.folder)/\(daemon).conf")
            let drops = "\(cloud.folder)/\(daemon).conf.d"
            paths += try await cloud.files.run { try folderNames(drops).map { "\(drops)/\($0)" } }
            let api = try cloud.configuration("\(daemon).conf").read(APIServerOptions.self)
            if let key = api.tlsKey { paths.append(key) }
        }
        if cloud.has("block-storage.conf") { paths.append(try VolumeFolders(cloud).keyFile) }
        let all = paths
        let folder = cloud.folder
        return try await cloud.files.run {
            // A folder that others cannot enter protects what is in it.
            let isClosed = try FileFacts(folder).map { $0.mode & 0o005 == 0 } ?? false
            return try all.compactMap { path in
                try Self.finding(path, isProtected: isClosed && path.hasPrefix("\(folder)/"))
            }
        }
    }

    static func finding(_ path: String, isProtected: Bool) throws -> Finding? {
        guard let facts = try FileFacts(path), facts.mode & 0o007 != 0 || facts.mode & 0o020 != 0 else { return nil }
        let isExposed = facts.mode & 0o004 != 0 && !isProtected
        return Finding(
            isExposed || facts.mode & 0o022 != 0 && !isProtected ? .critical : .note, .mismatch, "mode of \(path)",
            "other users may \(isExposed ? "read" : "reach") it: \(String(facts.mode, radix: 8))",
            advice: "chmod o= \(path); change the passwords in it if others are on this machine", isSettled: true)
    }
}
