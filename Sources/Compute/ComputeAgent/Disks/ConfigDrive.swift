import Core

/// Writes a config drive: a small ISO 9660 image labelled `config-2`.
struct ConfigDrive: Sendable {
    let files: HostFiles

    /// Most bytes of all files together, user data and personality included.
    private static let limit = 8 << 20

    /// - Parameter content: base64 by path.
    func write(_ content: [String: String], to path: String) async throws {
        let folder = "\(path).files"
        let temporary = "\(path).new"
        try await files.removeFolder(folder)
        try await files.makeFolder(folder)
        var total = 0
        for (name, text) in content.sorted(by: { $0.key < $1.key }) {
            guard Self.isAllowed(name), let bytes = Base64.decode(text) else {
                throw ServiceError(.internal, "A config drive's file is not acceptable.", detail: name)
            }
            total += bytes.count
            guard total <= Self.limit else { throw ServiceError(.tooLarge, "The config drive is too large.") }
            let file = "\(folder)/\(name)"
            if let slash = file.lastIndex(of: "/") { try await files.makeFolder(String(file[..<slash])) }
            try await files.replace(file, bytes)
        }
        try await files.remove(temporary)
        var command = Command(
            "genisoimage",
            [
                "-quiet", "-o", temporary, "-ldots", "-allow-lowercase", "-allow-multidot", "-l", "-publisher", "Apus",
                "-J", "-r", "-V", "config-2", folder,
            ])
        command.limits = Command.Limits(cpuSeconds: 60)
        try await command.checked()
        try await files.rename(temporary, path)
        try await files.removeFolder(folder)
    }

    /// Relative, and never above its folder.
    private static func isAllowed(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return !parts.isEmpty && parts.count <= 8
            && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains(0) }
    }
}
