import Core
import Glibc
package import Logging

/// Finds out which kind of guest the host really runs, by running one.
///
/// That `/dev/kvm` opens proves nothing: on some hosts guests hang under it. Starting a throwaway guest
/// and hearing from it does.
package struct VirtTypeProbe: Sendable {
    let connection: LibvirtConnection
    /// A folder for the guest's disk and console; both are removed again.
    let folder: String
    let clock: any Clock<Duration>
    let logger: Logger

    package init(
        connection: LibvirtConnection, folder: String, clock: any Clock<Duration> = ContinuousClock(), logger: Logger
    ) {
        self.connection = connection
        self.folder = folder
        self.clock = clock
        self.logger = logger
    }

    /// The first of `candidates` whose guest answers.
    /// - Throws: `ServiceError` with code `.unavailable` when none does.
    package func choose(_ candidates: [VirtType]) async throws -> VirtType {
        for type in candidates {
            do {
                // A processor that works answers in a second; one that is emulated on a busy host takes longer.
                if try await works(type, type == .kvm ? .seconds(6) : .seconds(40)) {
                    logger.info("guests run", metadata: ["virt_type": "\(type.rawValue)"])
                    return type
                }
                logger.notice("a probe guest did not run", metadata: ["virt_type": "\(type.rawValue)"])
            } catch let error as VirtError {
                logger.notice(
                    "a probe guest was refused",
                    metadata: ["virt_type": "\(type.rawValue)", "error": "\(error.description)"])
            }
        }
        throw ServiceError(.unavailable, "No kind of guest runs on this host.", detail: "tried \(candidates)")
    }

    private func works(_ type: VirtType, _ limit: Duration) async throws -> Bool {
        let disk = "\(folder)/probe-\(type.rawValue).raw"
        let log = "\(folder)/probe-\(type.rawValue).log"
        let xml = Self.domain(type, disk: disk, log: log)
        defer {
            unlink(disk)
            unlink(log)
        }
        let uuid = try await connection.run("starting a probe guest") { session -> String in
            try Self.write(ProbeSector.disk, to: disk)
            let domain = try session.createTransient(xml)
            return try domain.uuid()
        }
        let answered = try await waitForAnswer(in: log, limit)
        try await connection.run("stopping a probe guest") { session in
            guard let domain = try session.domain(uuid) else { return }
            do throws(VirtError) {
                try domain.destroy()
            } catch {
                guard error.isNoDomain || error.isOperationInvalid else { throw error }
            }
        }
        return answered
    }

    private func waitForAnswer(in log: String, _ limit: Duration) async throws -> Bool {
        var waited = Duration.zero
        while waited < limit {
            try await clock.sleep(for: .milliseconds(100))
            waited += .milliseconds(100)
            let text = try FileTail.read(log, maximumBytes: 4096)
            if String(decoding: text, as: UTF8.self).contains(ProbeSector.answer) { return true }
        }
        return false
    }

    private static func domain(_ type: VirtType, disk: String, log: String) -> String {
        var xml = XMLBuilder()
        xml.element("domain", ["type": type.rawValue]) { xml in
            xml.element("name", text: "apus-probe-\(type.rawValue)-\(getpid())")
            xml.element("memory", ["unit": "MiB"], text: "64")
            xml.element("vcpu", text: "1")
            xml.element("os") { xml in
                xml.element("type", ["arch": "x86_64", "machine": "pc"], text: "hvm")
                xml.element("boot", ["dev": "hd"])
            }
            xml.element("features") { xml in xml.element("acpi") }
            xml.element("devices") { xml in
                xml.element("disk", ["type": "file", "device": "disk"]) { xml in
                    xml.element("driver", ["name": "qemu", "type": "raw"])
                    xml.element("source", ["file": disk])
                    xml.element("target", ["dev": "vda", "bus": "virtio"])
                }
                xml.element("serial", ["type": "pty"]) { xml in
                    xml.element("log", ["file": log, "append": "off"])
                    xml.element("target", ["port": "0"])
                }
                xml.element("memballoon", ["model": "none"])
            }
        }
        return xml.text
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ServiceError(.internal, "The probe's disk cannot be made.", detail: "\(path): errno \(errno)")
        }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw ServiceError(.internal, "The probe's disk cannot be written.", detail: "\(path): errno \(errno)")
        }
    }
}
