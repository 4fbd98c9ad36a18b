import Core

extension Database {
    /// Creates an empty database on the same server, if it is not there.
    public func createDatabase(_ name: String) async throws {
        let quoted = try Self.quoted(name)
        try await withConnection("creating a database") { connection in
            try connection.run(
                "CREATE DATABASE IF NOT EXISTS \(quoted) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
        }
    }

    /// Drops a database with all that is in it.
    public func dropDatabase(_ name: String) async throws {
        let quoted = try Self.quoted(name)
        try await withConnection("dropping a database") { connection in
            try connection.run("DROP DATABASE IF EXISTS \(quoted)")
        }
    }

    /// Names cannot be bound: only letters, digits and `_` are let through.
    private static func quoted(_ name: String) throws -> String {
        let isPlain = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
        }
        guard isPlain, !name.isEmpty, name.utf8.count <= 64 else {
            throw ServiceError(.badRequest, "\(name) is no name for a database.")
        }
        return "`\(name)`"
    }
}
