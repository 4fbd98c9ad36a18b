import FoundationEssentials
import Glibc

/// A daemon's log from now on, to be searched for secrets.
struct LogWatch: Sendable {
    let path: String
    private let start: Int

    init?(path: String) {
        guard let size = Self.size(path) else { return nil }
        self.path = path
        start = size
    }

    private static func size(_ path: String) -> Int? {
        var information = stat()
        guard stat(path, &information) == 0 else { return nil }
        return Int(information.st_size)
    }

    /// The first line since `init` that has one of `secrets`, with the secret cut out.
    func leak(of secrets: [String]) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        fseek(file, start, SEEK_SET)
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let line {
            let text = String(cString: line)
            for secret in secrets where secret.utf8.count >= 8 && text.contains(secret) {
                return text.replacing(secret, with: "[SECRET]").prefix(300) + ""
            }
        }
        return nil
    }
}
