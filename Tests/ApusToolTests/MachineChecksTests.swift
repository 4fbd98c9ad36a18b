import Core
import FoundationEssentials
import Glibc
import Identity
import Testing

@testable import Doctor

@Suite("The machine")
struct MachineChecksTests {
    private let folder = "/tmp/apus-machine-\(IDGenerator.random.hex())"

    private func make(_ name: String, mode: Int, daysAgo: Double = 0) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try "x".write(to: URL(filePath: "\(folder)/\(name)"), atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes(
            [.posixPermissions: mode, .modificationDate: Date().addingTimeInterval(-daysAgo * 86400)],
            ofItemAtPath: "\(folder)/\(name)")
    }

    private func keys() throws -> [Finding.Rank] {
        try FernetKeysCheck.findings(
            folder, highest: 3, oldestPrimaryDays: 90, now: Date().timeIntervalSince1970
        ).map(\.rank)
    }

    @Test("key folders: missing, open to others, without a staged or primary key, old, too many")
    func judgesKeys() throws {
        #expect(try keys() == [.critical])
        try make("0", mode: 0o600)
        #expect(try keys() == [.critical])
        try make("1", mode: 0o600)
        #expect(try keys().isEmpty)
        try make("1", mode: 0o640)
        #expect(try keys() == [.critical])
        try make("1", mode: 0o600, daysAgo: 100)
        #expect(try keys() == [.note])
        for number in 2...4 { try make("\(number)", mode: 0o600) }
        #expect(try keys() == [.note])
        try FileManager.default.removeItem(atPath: "\(folder)/0")
        #expect(try keys() == [.warning])
    }

    @Test("keys of signed tokens: missing, open to others, without a staged one")
    func judgesSigningKeys() throws {
        let keys = JWSKeyFolders(privateFolder: "\(folder)/private", publicFolder: "\(folder)/public", maximumKeys: 3)
        func ranks() throws -> [Finding.Rank] { try FernetKeysCheck.findings(keys).map(\.rank) }
        #expect(try ranks() == [.critical, .warning])
        try keys.setUp()
        #expect(try ranks().isEmpty)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: keys.signing)
        #expect(try ranks() == [.critical])
        try FileManager.default.setAttributes([.posixPermissions: 0o775], ofItemAtPath: keys.publicFolder)
        #expect(try ranks() == [.critical, .critical])
        try FileManager.default.removeItem(atPath: keys.staged)
        #expect(try ranks() == [.critical, .critical, .warning])
    }

    @Test("a secret that others can read is critical, in a closed folder a note")
    func judgesSecrets() throws {
        try make("a.conf", mode: 0o640)
        #expect(try SecretsCheck.finding("\(folder)/a.conf", isProtected: false) == nil)
        try make("a.conf", mode: 0o644)
        #expect(try SecretsCheck.finding("\(folder)/a.conf", isProtected: false)?.rank == .critical)
        #expect(try SecretsCheck.finding("\(folder)/a.conf", isProtected: true)?.rank == .note)
    }

    @Test("full disks and file systems without inodes are found")
    func judgesDisks() {
        var facts = statvfs()
        facts.f_frsize = 4096
        facts.f_blocks = 100_000_000
        facts.f_files = 1_000_000
        func ranks(free: UInt, inodes: UInt) -> [Finding.Rank] {
            facts.f_bavail = free
            facts.f_favail = inodes
            return DiskSpaceCheck.judge("x", facts).map(\.rank)
        }
        #expect(ranks(free: 50_000_000, inodes: 500_000).isEmpty)
        #expect(ranks(free: 12_000_000, inodes: 500_000) == [.note])
        #expect(ranks(free: 6_000_000, inodes: 500_000) == [.warning])
        #expect(ranks(free: 2_000_000, inodes: 500_000) == [.critical])
        #expect(ranks(free: 50_000_000, inodes: 10) == [.critical])
    }

    @Test("skew is what the clocks certainly differ by")
    func measuresSkew() {
        func at(_ seconds: Double) -> Date { Date(timeIntervalSince1970: seconds) }
        #expect(ClockCheck.skew(of: at(100.2), between: at(100), and: at(100.5), resolution: 0) == 0)
        #expect(ClockCheck.skew(of: at(110), between: at(100), and: at(101), resolution: 0) == 9)
        #expect(ClockCheck.skew(of: at(90), between: at(100), and: at(101), resolution: 1) == -9)
        #expect(ClockCheck.skew(of: at(99), between: at(99.9), and: at(100), resolution: 1) == 0)
    }

    @Test("HTTP's dates are read")
    func readsDates() {
        #expect(HTTPProbe.httpDate("Sun, 06 Nov 1994 08:49:37 GMT")?.timeIntervalSince1970 == 784_111_777)
        #expect(HTTPProbe.httpDate("Thu, 29 Feb 2024 00:00:00 GMT")?.timeIntervalSince1970 == 1_709_164_800)
        #expect(HTTPProbe.httpDate("yesterday") == nil)
    }

    @Test("a certificate is judged by how long it is good for")
    func judgesCertificates() async throws {
        try make("x", mode: 0o600)
        let path = "\(folder)/cert.pem"
        try await Command(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "\(folder)/key.pem", "-out", path, "-days",
                "40", "-subj", "/CN=test",
            ]
        ).checked()
        func rank(inDays days: Double) -> Finding.Rank? {
            CertificatesCheck.findings(path, users: "image", now: Date().addingTimeInterval(days * 86400)).first?.rank
        }
        #expect(rank(inDays: -30) == .critical)  // not valid yet
        #expect(rank(inDays: 0) == .note)
        #expect(rank(inDays: 15) == .warning)
        #expect(rank(inDays: 36) == .critical)
        #expect(rank(inDays: 50) == .critical)
        #expect(CertificatesCheck.findings("\(folder)/x", users: "image", now: Date()).map(\.rank) == [.critical])
    }

    @Test("versions are found in what programs print, and those not tested give a note")
    func readsVersions() {
        #expect(TestedVersions.number(in: "10.11.6-MariaDB-0+deb12u1") == "10.11.6")
        #expect(TestedVersions.number(in: "Running hypervisor: QEMU 7.2.7") == "7.2.7")
        #expect(TestedVersions.number(in: "\"23.03.1-20.27.0-70.6\"") == "23.03.1")
        #expect(TestedVersions.number(in: "none") == "")
        #expect(TestedVersions.finding("MariaDB", "10.11.6").isEmpty)
        #expect(TestedVersions.finding("MariaDB", "5.5.1").map(\.rank) == [.note])
        #expect(TestedVersions.finding("MariaDB", "").isEmpty)
    }
}
