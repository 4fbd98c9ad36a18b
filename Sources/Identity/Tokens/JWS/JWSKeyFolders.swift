import Core
import Crypto
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// The private key that signs and the public ones that are believed.
package struct JWSKeys: Sendable {
    let signing: P256.Signing.PrivateKey
    let verifying: [P256.Signing.PublicKey]
}

/// Keystone's layout: `private.pem` in one folder signs, and whatever a public key in the other verifies is believed.
///
/// Beside it `next.pem` is the staged key: its public half lies with the others one rotation ahead, so that every
/// identity host knows it when it begins to sign. Public keys that were made here are numbered, the newest highest; those
/// of any other name, a former Keystone's for instance, stay until somebody takes them away.
package struct JWSKeyFolders: Sendable {
    package let privateFolder: String
    package let publicFolder: String
    package let maximumKeys: Int

    package init(privateFolder: String, publicFolder: String, maximumKeys: Int) {
        self.privateFolder = privateFolder
        self.publicFolder = publicFolder
        self.maximumKeys = max(3, maximumKeys)
    }

    package var signing: String { "\(privateFolder)/private.pem" }
    package var staged: String { "\(privateFolder)/next.pem" }

    // MARK: Reading

    /// - Throws: `.unavailable` naming `apus jws setup` where keys are missing or do not belong together.
    package func load() throws -> JWSKeys {
        let key = try privateKey(signing)
        let known = try publicFiles().map { file in
            do {
                return try P256.Signing.PublicKey(pemRepresentation: try Self.text(file))
            } catch {
                throw ServiceError(.unavailable, "\(file) is not the public key of ES256, in PEM.", cause: error)
            }
        }
        guard known.contains(where: { $0.rawRepresentation == key.publicKey.rawRepresentation }) else {
            throw ServiceError(.unavailable, "\(publicFolder) lacks the public key of \(signing).")
        }
        return JWSKeys(signing: key, verifying: known)
    }

    /// Changes whenever a key does: the files and when each was written.
    package func fingerprint() throws -> String {
        try ([signing] + publicFiles()).map { file in
            let attributes = try FileManager.default.attributesOfItem(atPath: file)
            let written = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(file)@\(written)"
        }.joined(separator: ",")
    }

    private func privateKey(_ file: String) throws -> P256.Signing.PrivateKey {
        guard FileManager.default.fileExists(atPath: file) else {
            throw ServiceError(.unavailable, "There is no \(file): run `apus jws setup`.")
        }
        do {
            return try P256.Signing.PrivateKey(pemRepresentation: try Self.text(file))
        } catch {
            throw ServiceError(.unavailable, "\(file) is not a private key of ES256, in PEM.", cause: error)
        }
    }

    private func publicFiles() throws -> [String] {
        guard FileManager.default.fileExists(atPath: publicFolder) else {
            throw ServiceError(.unavailable, "There is no folder \(publicFolder): run `apus jws setup`.")
        }
        return try FileManager.default.contentsOfDirectory(atPath: publicFolder).filter { $0.hasSuffix(".pem") }
            .sorted()
            .map { "\(publicFolder)/\($0)" }
    }

    private static func text(_ file: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self)
    }

    // MARK: Making

    /// Makes the folders, a key to sign with and a staged one, where they are missing. Safe to repeat.
    /// - Returns: whether anything was made.
    @discardableResult
    package func setUp() throws -> Bool {
        for (folder, mode) in [(privateFolder, 0o700), (publicFolder, 0o755)] {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
        }
        let missing = [signing, staged].filter { !FileManager.default.fileExists(atPath: $0) }
        for file in missing { try make(file) }
        return !missing.isEmpty
    }

    /// Makes the staged key the one that signs, stages a new one, and drops the oldest public keys beyond `maximumKeys`.
    /// - Returns: the number of the new staged key.
    @discardableResult
    package func rotate() throws -> Int {
        guard FileManager.default.fileExists(atPath: staged) else {
            throw ServiceError(.preconditionFailed, "\(privateFolder) is not set up: run `apus jws setup`.")
        }
        let next = try privateKey(staged).publicKey.rawRepresentation
        // Tokens that it has just signed live on, whatever its number is.
        let last = try privateKey(signing).publicKey.rawRepresentation
        let isKnown = try publicFiles().contains { try Self.publicKey($0) == next }
        guard isKnown else {
            throw ServiceError(.preconditionFailed, "\(publicFolder) lacks the public key of \(staged).")
        }
        try move(staged, signing)
        let number = try make(staged)
        for old in try numbers().sorted(by: >).dropFirst(maximumKeys) {
            guard ![last, next].contains(try Self.publicKey(publicFile(old))) else { continue }
            try FileManager.default.removeItem(atPath: publicFile(old))
        }
        return number
    }

    private static func publicKey(_ file: String) throws -> Data {
        try P256.Signing.PublicKey(pemRepresentation: try text(file)).rawRepresentation
    }

    private func publicFile(_ number: Int) -> String { "\(publicFolder)/\(number).pem" }

    private func numbers() throws -> [Int] {
        try FileManager.default.contentsOfDirectory(atPath: publicFolder).compactMap { name in
            guard name.hasSuffix(".pem"), let number = Int(name.dropLast(4)), "\(number).pem" == name else {
                return nil
            }
            return number
        }
    }

    /// The public half first: nobody signs with a key that is not believed yet.
    @discardableResult
    private func make(_ file: String) throws -> Int {
        let key = P256.Signing.PrivateKey()
        let number = (try numbers().max() ?? 0) + 1
        try write(key.publicKey.pemRepresentation, publicFile(number), mode: 0o644)
        try write(key.pemRepresentation, file, mode: 0o600)
        return number
    }

    /// Written beside and renamed, so that a crash or a full disk never leaves half a key.
    private func write(_ text: String, _ file: String, mode: Int) throws {
        let temporary = "\(file).tmp"
        let created = FileManager.default.createFile(
            atPath: temporary, contents: Data((text + "\n").utf8), attributes: [.posixPermissions: mode])
        guard created else { throw ServiceError(.unavailable, "\(temporary) cannot be written.") }
        try move(temporary, file)
    }

    private func move(_ from: String, _ to: String) throws {
        guard rename(from, to) == 0 else {
            throw ServiceError(.unavailable, "\(from) cannot be renamed to \(to): \(String(cString: strerror(errno)))")
        }
    }
}
