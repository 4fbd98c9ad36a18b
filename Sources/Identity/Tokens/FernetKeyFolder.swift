import Core
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// A folder of Fernet keys in Keystone's layout, so that it can be shared with a Keystone.
///
/// One file per key, named by a number: the highest is the primary key (new tokens are made with it),
/// `0` is the staged key (the next primary), those between only open older tokens.
package struct FernetKeyFolder: Sendable {
    package let path: String
    package let maximumKeys: Int

    package init(path: String, maximumKeys: Int) {
        self.path = path
        self.maximumKeys = max(3, maximumKeys)
    }

    /// All keys, primary first.
    /// - Throws: `ServiceError` `.unavailable` naming `apus fernet setup` when there is none.
    package func load() throws -> Fernet {
        let keys = try numbers().sorted(by: >).compactMap { number -> FernetKey? in
            let data = try contents(of: file(number))
            guard !data.isEmpty else { return nil }
            guard let key = FernetKey(text: String(decoding: data, as: UTF8.self)) else {
                throw ServiceError(.unavailable, "\(file(number)) is not a Fernet key (32 bytes in base64url).")
            }
            return key
        }
        guard !keys.isEmpty else {
            throw ServiceError(.unavailable, "There are no Fernet keys in \(path): run `apus fernet setup`.")
        }
        return Fernet(keys: keys)
    }

    /// Makes the folder, a staged key and a primary key, where they are missing. Safe to repeat.
    /// - Returns: whether anything was made.
    @discardableResult
    package func setUp() throws -> Bool {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let present = try numbers()
        if present.contains(where: { $0 > 0 }), present.contains(0) { return false }
        if !present.contains(where: { $0 > 0 }) { try write(FernetKey.generateText(), number: 1) }
        if !present.contains(0) { try write(FernetKey.generateText(), number: 0) }
        return true
    }

    /// Promotes the staged key to primary, stages a new one and drops the oldest beyond `maximumKeys`.
    /// - Returns: the number of the new primary key.
    @discardableResult
    package func rotate() throws -> Int {
        var present = try numbers()
        guard present.contains(0), let primary = present.max(), primary > 0 else {
            throw ServiceError(.preconditionFailed, "\(path) is not set up: run `apus fernet setup`.")
        }
        let next = primary + 1
        try moveItem(file(0), file(next))
        try write(FernetKey.generateText(), number: 0)
        present = try numbers().filter { $0 > 0 }.sorted(by: >)
        for number in present.dropFirst(maximumKeys - 1) { try FileManager.default.removeItem(atPath: file(number)) }
        return next
    }

    /// Changes whenever a key is added or removed: the numbers present and when each was written.
    package func fingerprint() throws -> String {
        try numbers().sorted().map { number in
            let attributes = try FileManager.default.attributesOfItem(atPath: file(number))
            let written = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(number)@\(written)"
        }.joined(separator: ",")
    }

    func file(_ number: Int) -> String { "\(path)/\(number)" }

    func numbers() throws -> [Int] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: path).compactMap { name in
            guard let number = Int(name), number >= 0, String(number) == name else { return nil }
            return number
        }
    }

    func contents(of file: String) throws -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(filePath: file)))
        } catch {
            throw ServiceError(.unavailable, "\(file) cannot be read.", cause: error)
        }
    }

    /// Written beside and renamed, so that a crash or a full disk never leaves half a key.
    func write(_ key: String, number: Int) throws {
        let temporary = "\(path)/\(number).tmp"
        let created = FileManager.default.createFile(
            atPath: temporary, contents: Data(key.utf8), attributes: [.posixPermissions: 0o600])
        guard created else { throw ServiceError(.unavailable, "\(temporary) cannot be written.") }
        try moveItem(temporary, file(number))
    }

    private func moveItem(_ from: String, _ to: String) throws {
        guard rename(from, to) == 0 else {
            throw ServiceError(.unavailable, "\(from) cannot be renamed to \(to): \(String(cString: strerror(errno)))")
        }
    }
}
