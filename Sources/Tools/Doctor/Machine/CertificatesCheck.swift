import Core
import Database
import FoundationEssentials
import Glibc
import IdentityClient
import Messaging
import NIOSSL
import WebAPI

/// Whether the certificates that daemons are told of are there, and how long they are good for.
struct CertificatesCheck: DoctorCheck {
    let name = "certificates"
    let summary = "TLS certificates in the daemons' settings can be read and are good for a while"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        var users: [String: Set<String>] = [:]
        for daemon in DaemonsCheck.daemons where cloud.has("\(daemon).conf") {
            let configuration = try cloud.configuration("\(daemon).conf")
            let api = try configuration.read(APIServerOptions.self)
            let messaging = try configuration.read(MessagingOptions.self)
            var paths = [api.tlsCertificate, messaging.tlsCA, messaging.tlsCertificate]
            paths.append(try configuration.read(IdentityOptions.self).tlsCA)
            if cloud.services.contains(where: { $0.file == "\(daemon).conf" }) {
                let database = try configuration.read(DatabaseOptions.self)
                paths += [database.tlsCA, database.tlsCertificate]
            }
            for path in paths.compactMap(\.self) { users[path, default: []].insert(daemon) }
        }
        guard !users.isEmpty else { throw CheckSkipped(reason: "no daemon here is told of a certificate") }
        let all = users
        let now = cloud.clock.now()
        return try await cloud.files.run {
            all.sorted { $0.key < $1.key }.flatMap {
                Self.findings($0.key, users: $0.value.sorted().joined(separator: ", "), now: now)
            }
        }
    }

    static func findings(_ path: String, users: String, now: Date) -> [Finding] {
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try NIOSSLCertificate.fromPEMFile(path)
        } catch {
            return [
                Finding(
                    .critical, .mismatch, "certificate \(path)", "it cannot be read: \(error); used by \(users)",
                    advice: "put a PEM certificate there that the daemon may read", isSettled: true)
            ]
        }
        return certificates.compactMap { certificate in
            let days = Int((Double(certificate.notValidAfter) - now.timeIntervalSince1970) / 86400)
            let isEarly = Double(certificate.notValidBefore) > now.timeIntervalSince1970
            guard isEarly || days < 60 else { return nil }
            let detail = isEarly ? "it is not valid yet" : days < 0 ? "it has expired" : "it expires in \(days) days"
            return Finding(
                isEarly || days < 7 ? .critical : days < 30 ? .warning : .note, .mismatch,
                "certificate \(path)", "\(detail); used by \(users)",
                advice: "renew it and restart \(users)", isSettled: true)
        }
    }
}
