import Core

/// Where certificates come from: a key manager, or what stands for one.
protocol KeyManager: Sendable {
    /// A certificate in PEM.
    /// - Throws: `.notFound` when there is none with that id.
    func certificate(_ id: String) async throws -> [UInt8]
}

/// Certificates as files, `UUID.pem` in one folder that the operator fills.
struct FileKeyManager: KeyManager {
    let folder: String
    private let pool = BlockingPool(name: "image-keys", threads: 1, maxQueue: 256)

    func certificate(_ id: String) async throws -> [UInt8] {
        let path = "\(folder)/\(id).pem"
        return try await pool.run {
            let file = try FileHandle.read(path)
            return try file.read(at: 0, count: 1 << 16)
        }
    }
}
