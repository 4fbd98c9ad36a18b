import Core
import FoundationEssentials
import Identity

/// The key folders of identity: that tokens can be made, that nobody else can make them, that keys are changed.
struct FernetKeysCheck: DoctorCheck {
    let name = "fernet-keys"
    let summary = "Keys of tokens are there, closed to others, not too many, and rotated"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let configuration = try cloud.configuration("identity.conf")
        let tokens = try configuration.read(FernetTokenOptions.self)
        let credentials = try configuration.read(CredentialOptions.self).keyRepository
        let isSigning = try configuration.read(TokenOptions.self).provider == .jws
        let signed = try configuration.read(JWTTokenOptions.self).folders
        let now = cloud.clock.now().timeIntervalSince1970
        return try await cloud.files.run {
            let rotated = try Self.findings(
                tokens.keyRepository, highest: tokens.maximumKeys, oldestPrimaryDays: 90, now: now)
            return try rotated + Self.findings(credentials, highest: 100, oldestPrimaryDays: nil, now: now)
                + (isSigning ? Self.findings(signed) : [])
        }
    }

    /// Of the keys of signed tokens.
    static func findings(_ folders: JWSKeyFolders) throws -> [Finding] {
        var findings: [Finding] = []
        do {
            _ = try folders.load()
        } catch let error as ServiceError {
            findings.append(
                Finding(
                    .critical, .missing, "signing key in \(folders.privateFolder)", error.message,
                    advice: "apus jws setup", isSettled: true))
        }
        for path in [folders.privateFolder, folders.signing, folders.staged] {
            guard let mode = try FileFacts(path)?.mode else { continue }
            if mode & 0o077 != 0 { findings.append(open(path, mode)) }
        }
        // What lies there is believed: whoever may write makes tokens of anybody.
        let keys = try folderNames(folders.publicFolder).filter { $0.hasSuffix(".pem") }
        for path in [folders.publicFolder] + keys.map({ "\(folders.publicFolder)/\($0)" }) {
            guard let mode = try FileFacts(path)?.mode, mode & 0o022 != 0 else { continue }
            findings.append(
                Finding(
                    .critical, .mismatch, "mode of \(path)", "others may write it: \(String(mode, radix: 8))",
                    advice: "chmod go-w \(path); if others are on this machine, look whose keys these are",
                    isSettled: true))
        }
        if try FileFacts(folders.staged) == nil {
            findings.append(
                Finding(
                    .warning, .missing, "staged key in \(folders.privateFolder)",
                    "the next rotation has nothing to promote", advice: "apus jws setup", isSettled: true))
        }
        return findings
    }

    private static func open(_ path: String, _ mode: UInt32) -> Finding {
        Finding(
            .critical, .mismatch, "mode of \(path)", "others may reach it: \(String(mode, radix: 8))",
            advice: "chmod go= \(path); if others are on this machine, rotate all keys", isSettled: true)
    }

    /// - Parameter oldestPrimaryDays: age of the primary key worth a word; nil where keys are never to be changed
    ///   without re-encrypting what they protect.
    static func findings(
        _ folder: String, highest: Int, oldestPrimaryDays: Int?, now: Double
    ) throws -> [Finding] {
        guard let facts = try FileFacts(folder), facts.isFolder else {
            return [
                Finding(
                    .critical, .missing, "key folder \(folder)", "it is not there", advice: "apus fernet setup",
                    isSettled: true)
            ]
        }
        var findings: [Finding] = []
        let numbers = try folderNames(folder).compactMap { Int($0) }.sorted()
        for path in [folder] + numbers.map({ "\(folder)/\($0)" }) {
            guard let mode = try FileFacts(path)?.mode, mode & 0o077 != 0 else { continue }
            findings.append(open(path, mode))
        }
        guard let primary = numbers.last, primary > 0 else {
            findings.append(
                Finding(
                    .critical, .missing, "primary key in \(folder)", "there is no key to make tokens with",
                    advice: "apus fernet setup", isSettled: true))
            return findings
        }
        if !numbers.contains(0) {
            findings.append(
                Finding(
                    .warning, .missing, "staged key in \(folder)", "the next rotation has nothing to promote",
                    advice: "apus fernet setup", isSettled: true))
        }
        if numbers.count > highest + 1 {
            findings.append(
                Finding(
                    .note, .mismatch, "keys in \(folder)", "\(numbers.count) keys, and a rotation keeps \(highest)",
                    advice: "apus fernet rotate", isSettled: true))
        }
        if let oldestPrimaryDays, let facts = try FileFacts("\(folder)/\(primary)") {
            let days = Int((now - facts.modified) / 86400)
            if days > oldestPrimaryDays {
                findings.append(
                    Finding(
                        .note, .mismatch, "primary key in \(folder)", "it is \(days) days old",
                        advice: "apus fernet rotate, now and then by cron", isSettled: true))
            }
        }
        return findings
    }
}
