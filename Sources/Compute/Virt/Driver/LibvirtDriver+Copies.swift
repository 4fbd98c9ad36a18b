import CLibvirt
package import Core
import Glibc

extension LibvirtDriver: LiveDiskCopy {
    package func copyDisk(
        _ target: String, of server: ServerID, to destination: String, timeout: Duration
    ) async throws {
        var xml = XMLBuilder()
        xml.element("disk", ["type": "file"]) { xml in
            xml.element("driver", ["type": "qcow2"])
            xml.element("source", ["file": destination])
        }
        let description = xml.text
        try await withDomain(server, "copying a guest's disk") { domain in
            try domain.startCopy(of: target, to: description)
        }
        var waited = Duration.zero
        while try await !isCopied(target, of: server) {
            guard waited < timeout, !Task.isCancelled else {
                try await withDomain(server, "ending a disk copy") { domain in try domain.endBlockJob(target) }
                throw ServiceError(.timeout, "The server's disk could not be copied in time.")
            }
            try await clock.sleep(for: .milliseconds(250))
            waited += .milliseconds(250)
        }
        try await withDomain(server, "ending a disk copy") { domain in try domain.endBlockJob(target) }
    }

    /// Whether the copy has caught up with the guest, and so may be ended.
    private func isCopied(_ target: String, of server: ServerID) async throws -> Bool {
        try await withDomain(server, "watching a disk copy") { domain in
            guard let job = try domain.blockJob(target) else {
                throw ServiceError(.internal, "The server's disk could not be copied.", detail: "the job ended early")
            }
            guard job.end > 0 || job.cur > 0 else { return false }
            let devices = try XMLElement(parsing: domain.xml())["devices"]
            let disk = devices?.all("disk").first { $0["target"]?.attributes["dev"] == target }
            return disk?["mirror"]?.attributes["ready"] == "yes"
        }
    }
}

extension LibvirtDriver: ConsoleReading {
    package func console(_ server: ServerID, log path: String, maximumBytes: Int) async throws -> [UInt8] {
        try await files.run {
            let newest = try FileTail.read(path, maximumBytes: maximumBytes)
            guard newest.count < maximumBytes else { return newest }
            // virtlogd moves a full log to `.0` and begins again.
            return try FileTail.read(path + ".0", maximumBytes: maximumBytes - newest.count) + newest
        }
    }
}

/// Reads the end of a file.
package enum FileTail {
    /// The last `maximumBytes` of the file; empty when there is none. Blocks. Does not follow a symbolic link.
    package static func read(_ path: String, maximumBytes: Int) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return [] }
            throw ServiceError(.internal, "The console log cannot be read.", detail: "\(path): errno \(errno)")
        }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        let start = max(0, size - Int(maximumBytes))
        guard size >= 0, lseek(descriptor, start, SEEK_SET) >= 0 else {
            throw ServiceError(.internal, "The console log cannot be read.", detail: "\(path): errno \(errno)")
        }
        var bytes = [UInt8](repeating: 0, count: size - start)
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            filled += count
        }
        return Array(bytes[..<filled])
    }
}
