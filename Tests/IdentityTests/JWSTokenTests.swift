import Core
import Crypto
import FoundationEssentials
import HTTPTypes
import Logging
import TestSupport
import Testing
import WebAPI

@testable import Identity

/// Signed tokens: those that PyJWT made with Keystone's claims are read, and what is no such token is not.
struct JWSTokenTests {
    /// A key of the tests alone.
    private static let privateKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEjRWeJCrze8SNFZ4
        kKvN7xI0VniQq83vEjRWeJCrze+hRANCAARHHD51jEkEKFu6flMRjtD1JK3rB1fS
        W9L457DXbfpxTN1SD3rKiouResw39R3o8Mm7462Fg4LnAtwloS0J96hY
        -----END PRIVATE KEY-----
        """
    private static let publicKey = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAERxw+dYxJBChbun5TEY7Q9SSt6wdX
        0lvS+Oew1236cUzdUg96yoqLkXrMN/Ud6PDJu+OthYOC5wLcJaEtCfeoWA==
        -----END PUBLIC KEY-----
        """
    private let user = UserID("a6629e76afad4cb48e6622336ebca4f3")
    private let project = ProjectID("480420293ba84c949e3782cd3adb393b")
    private let first = "AAECAwQFBgcICQoLDA0ODw"
    private let second = "EBESExQVFhcYGRobHB0eHw"
    private let made = Date(timeIntervalSince1970: 1_700_000_000)

    /// Folders of their own, with a Keystone's pair of keys or with none.
    private func withFolders(isKeystones: Bool = false, _ body: (JWSKeyFolders) throws -> Void) throws {
        let files = FileManager.default
        let root = "\(files.temporaryDirectory.path)/apus-jws-\(IDGenerator.random.hex())"
        defer { try? files.removeItem(atPath: root) }
        let folders = JWSKeyFolders(
            privateFolder: "\(root)/private", publicFolder: "\(root)/public", maximumKeys: 3)
        if isKeystones {
            for (folder, name, text) in [
                (folders.privateFolder, "private.pem", Self.privateKey),
                (folders.publicFolder, "public.pem", Self.publicKey),
            ] {
                try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
            }
        }
        try body(folders)
    }

    private func tokens(_ folders: JWSKeyFolders, _ clock: WallClock = .system) throws -> JWSTokens {
        try JWSTokens(folders, clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test("Keystone's tokens are read") func keystones() throws {
        try withFolders(isKeystones: true) { folders in
            let tokens = try tokens(folders)
            func payload(_ text: String) throws -> TokenPayload {
                let opened = try #require(tokens.open(text))
                #expect(opened.issuedAt == made)
                return opened.payload
            }
            let unscoped = try payload(
                "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhNjYyOWU3NmFmYWQ0Y2I0OGU2NjIyMzM2ZWJjYTRmMyIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwLCJvcGVuc3RhY2tfbWV0aG9kcyI6WyJwYXNzd29yZCJdLCJvcGVuc3RhY2tfYXVkaXRfaWRzIjpbIkFBRUNBd1FGQmdjSUNRb0xEQTBPRHciXX0.PR7sgKpXZ1rHEU18d3CXQuWooddjlQYEBJWMcYEbwfHSA_AREc0VBw-r02rOHLFgfUqwXRx-NbeHNPxGRCKp0Q"
            )
            #expect(unscoped.user == user)
            #expect(unscoped.scope == .unscoped)
            #expect(unscoped.methods == .password)
            #expect(unscoped.auditIDs == [first])
            #expect(unscoped.expiresAt == made.addingTimeInterval(3600))
            let domain = try payload(
                "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhNjYyOWU3NmFmYWQ0Y2I0OGU2NjIyMzM2ZWJjYTRmMyIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwLCJvcGVuc3RhY2tfbWV0aG9kcyI6WyJwYXNzd29yZCJdLCJvcGVuc3RhY2tfYXVkaXRfaWRzIjpbIkFBRUNBd1FGQmdjSUNRb0xEQTBPRHciLCJFQkVTRXhRVkZoY1lHUm9iSEIwZUh3Il0sIm9wZW5zdGFja19kb21haW5faWQiOiJkZWZhdWx0In0.Y_XAA1NtGPNxZSix9k52DGgUy6qnlttl1ZcRTR-DQ74CaL3aJ0LXX2Cv9iF_v44NeH7VnG_QrwQnqLnO2P-yEQ"
            )
            #expect(domain.scope == .domain(DomainID("default")))
            #expect(domain.auditIDs == [first, second])
            let scoped = try payload(
                "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhNjYyOWU3NmFmYWQ0Y2I0OGU2NjIyMzM2ZWJjYTRmMyIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwLCJvcGVuc3RhY2tfbWV0aG9kcyI6WyJwYXNzd29yZCIsInRva2VuIl0sIm9wZW5zdGFja19hdWRpdF9pZHMiOlsiQUFFQ0F3UUZCZ2NJQ1FvTERBME9EdyJdLCJvcGVuc3RhY2tfcHJvamVjdF9pZCI6IjQ4MDQyMDI5M2JhODRjOTQ5ZTM3ODJjZDNhZGIzOTNiIn0.3e-hLvXjeyV-d7E9PmCRzuNXBQxIV1luyT7r_Q_LakIuOI_ZX0YpaVbLzWETGKgl-1sj5x3QAgLW85hFtZxUoQ"
            )
            #expect(scoped.scope == .project(project))
            #expect(scoped.methods == [.password, .token])
            let system = try payload(
                "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhNjYyOWU3NmFmYWQ0Y2I0OGU2NjIyMzM2ZWJjYTRmMyIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwLCJvcGVuc3RhY2tfbWV0aG9kcyI6WyJwYXNzd29yZCJdLCJvcGVuc3RhY2tfYXVkaXRfaWRzIjpbIkFBRUNBd1FGQmdjSUNRb0xEQTBPRHciXSwib3BlbnN0YWNrX3N5c3RlbSI6ImFsbCJ9.qZNAxT5S2FW3dmb-LBiNVkTKeWNBuagV_e_NcssKOiX-CdaytgHfkoJUZFDtJrxCy7OOCohNiF1Jo8ZLVWAo_g"
            )
            #expect(system.scope == .system)
            let trust = try payload(
                "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhNjYyOWU3NmFmYWQ0Y2I0OGU2NjIyMzM2ZWJjYTRmMyIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwLCJvcGVuc3RhY2tfbWV0aG9kcyI6WyJwYXNzd29yZCJdLCJvcGVuc3RhY2tfYXVkaXRfaWRzIjpbIkFBRUNBd1FGQmdjSUNRb0xEQTBPRHciXSwib3BlbnN0YWNrX3RydXN0X2lkIjoiNDgwNDIwMjkzYmE4NGM5NDllMzc4MmNkM2FkYjM5M2IiLCJvcGVuc3RhY2tfcHJvamVjdF9pZCI6IjQ4MDQyMDI5M2JhODRjOTQ5ZTM3ODJjZDNhZGIzOTNiIn0._7eoOMoB30POeMkF-vn_oHCRQjmTeDRTM0ixq4UBnq-t026TqJamDl-v6r8aCexCWi0rtpeueo2V4rjW2p7LzQ"
            )
            #expect(trust.scope == .trust(TrustID(project.rawValue), project: project))
            let credential = try payload(
                "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhNjYyOWU3NmFmYWQ0Y2I0OGU2NjIyMzM2ZWJjYTRmMyIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwLCJvcGVuc3RhY2tfbWV0aG9kcyI6WyJhcHBsaWNhdGlvbl9jcmVkZW50aWFsIl0sIm9wZW5zdGFja19hdWRpdF9pZHMiOlsiQUFFQ0F3UUZCZ2NJQ1FvTERBME9EdyJdLCJvcGVuc3RhY2tfYXBwX2NyZWRfaWQiOiI0ODA0MjAyOTNiYTg0Yzk0OWUzNzgyY2QzYWRiMzkzYiIsIm9wZW5zdGFja19wcm9qZWN0X2lkIjoiNDgwNDIwMjkzYmE4NGM5NDllMzc4MmNkM2FkYjM5M2IifQ.YRXwr_MYhgxyHLyDbK0mgdsC-XTzGkfA-NEqfwVFeIw6w-kJ9-Mx4V1VXmafCTm5G00hqqaPyOu_vr98bMHsPw"
            )
            #expect(
                credential.scope
                    == .applicationCredential(ApplicationCredentialID(project.rawValue), project: project))
            let federated = try payload(
                "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhNjYyOWU3NmFmYWQ0Y2I0OGU2NjIyMzM2ZWJjYTRmMyIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwLCJvcGVuc3RhY2tfbWV0aG9kcyI6WyJ0b2tlbiIsIm1hcHBlZCJdLCJvcGVuc3RhY2tfYXVkaXRfaWRzIjpbIkFBRUNBd1FGQmdjSUNRb0xEQTBPRHciXSwib3BlbnN0YWNrX2dyb3VwX2lkcyI6W3siaWQiOiI0ODA0MjAyOTNiYTg0Yzk0OWUzNzgyY2QzYWRiMzkzYiJ9XSwib3BlbnN0YWNrX2lkcF9pZCI6ImFjbWUiLCJvcGVuc3RhY2tfcHJvdG9jb2xfaWQiOiJtYXBwZWQiLCJvcGVuc3RhY2tfcHJvamVjdF9pZCI6IjQ4MDQyMDI5M2JhODRjOTQ5ZTM3ODJjZDNhZGIzOTNiIn0.ZKTxZIFTztM-RwT8cO4STiK8IS2aZ4qRdMSDLko8Lx2gNKAtI4nraZM2NV75GS-I-r67kIwyGFQoR0OvsOaJEw"
            )
            #expect(federated.scope == .project(project))
            #expect(
                federated.federation
                    == TokenPayload.Federation(
                        identityProvider: IdentityProviderID("acme"), protocolID: FederationProtocolID("mapped"),
                        groups: [GroupID(project.rawValue)]))
        }
    }

    @Test("What is not signed with ES256 and a known key, or says what is not understood, is no token")
    func refused() throws {
        try withFolders(isKeystones: true) { folders in
            let tokens = try tokens(folders)
            let good =
                "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhNjYyOWU3NmFmYWQ0Y2I0OGU2NjIyMzM2ZWJjYTRmMyIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwLCJvcGVuc3RhY2tfbWV0aG9kcyI6WyJwYXNzd29yZCIsInRva2VuIl0sIm9wZW5zdGFja19hdWRpdF9pZHMiOlsiQUFFQ0F3UUZCZ2NJQ1FvTERBME9EdyJdLCJvcGVuc3RhY2tfcHJvamVjdF9pZCI6IjQ4MDQyMDI5M2JhODRjOTQ5ZTM3ODJjZDNhZGIzOTNiIn0.3e-hLvXjeyV-d7E9PmCRzuNXBQxIV1luyT7r_Q_LakIuOI_ZX0YpaVbLzWETGKgl-1sj5x3QAgLW85hFtZxUoQ"
            #expect(tokens.open(good) != nil)
            // Bound to a certificate.
            let bound =
                "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhNjYyOWU3NmFmYWQ0Y2I0OGU2NjIyMzM2ZWJjYTRmMyIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwLCJvcGVuc3RhY2tfbWV0aG9kcyI6WyJwYXNzd29yZCJdLCJvcGVuc3RhY2tfYXVkaXRfaWRzIjpbIkFBRUNBd1FGQmdjSUNRb0xEQTBPRHciXSwib3BlbnN0YWNrX3RodW1icHJpbnQiOiJ4In0.kalPONoaINVAErPsoDyVci3RsjIazbeBwCB0C-6EBsjpYAhcl7KTiin90BGQaS_OTtLDrUKha-SBjJxUu8Dd_g"
            // A method that nobody knows must not pass for none.
            let unknown =
                "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhNjYyOWU3NmFmYWQ0Y2I0OGU2NjIyMzM2ZWJjYTRmMyIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwLCJvcGVuc3RhY2tfbWV0aG9kcyI6WyJzbW9rZSJdLCJvcGVuc3RhY2tfYXVkaXRfaWRzIjpbIkFBRUNBd1FGQmdjSUNRb0xEQTBPRHciXX0.cWdR27TrnIagnON-9WnG69TyYDdlNjOIQa9jKurXd3VqCd5aOOAh9r4x0RQ1nTv4iB5z7OfHAAjMlmUSqIB9hQ"
            // Not signed at all.
            let bare =
                "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhNjYyOWU3NmFmYWQ0Y2I0OGU2NjIyMzM2ZWJjYTRmMyIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwLCJvcGVuc3RhY2tfbWV0aG9kcyI6WyJwYXNzd29yZCJdLCJvcGVuc3RhY2tfYXVkaXRfaWRzIjpbIkEiXX0."
            for text in [bound, unknown, bare, "", "..", "a.b.c", good + ".", good + "A", "x" + good] {
                #expect(tokens.open(text) == nil, "\(text)")
            }
            // The public key taken for a shared secret.
            let parts = good.split(separator: ".")
            let head = Base64URL.encode(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8), padded: false)
            let mac = HMAC<SHA256>.authenticationCode(
                for: Array("\(head).\(parts[1])".utf8), using: SymmetricKey(data: Array(Self.publicKey.utf8)))
            #expect(tokens.open("\(head).\(parts[1]).\(Base64URL.encode(Array(mac), padded: false))") == nil)
            // Another's key.
            try withFolders { others in
                try others.setUp()
                let other = try self.tokens(others)
                let opened = try #require(tokens.open(good))
                #expect(tokens.open(try other.seal(opened.payload, at: made)) == nil)
                #expect(other.open(good) == nil)
            }
        }
    }

    @Test("What goes in comes out, for every scope") func roundTrip() throws {
        try withFolders { folders in
            try folders.setUp()
            let tokens = try tokens(folders)
            let federation = TokenPayload.Federation(
                identityProvider: IdentityProviderID("acme"), protocolID: FederationProtocolID("openid"),
                groups: [GroupID("g")])
            let scopes: [TokenPayload.Scope] = [
                .unscoped, .system, .domain(DomainID("d")), .project(project), .trust(TrustID("t"), project: nil),
                .trust(TrustID("t"), project: project),
                .applicationCredential(ApplicationCredentialID("a"), project: project),
                .oauth(OAuthAccessTokenID("o"), project: project),
            ]
            for scope in scopes {
                let payload = TokenPayload(
                    user: user, methods: [.token, .mapped], scope: scope, expiresAt: made.addingTimeInterval(60),
                    auditIDs: [first, second], federation: scope == .unscoped ? federation : nil)
                let opened = try #require(tokens.open(try tokens.seal(payload, at: made)))
                #expect(opened.payload == payload)
                #expect(opened.issuedAt == made)
            }
            #expect(tokens.kept(made.addingTimeInterval(0.7)) == made)
        }
    }

    @Test("A key is known before it signs, and for a while after") func rotation() throws {
        try withFolders { folders in
            #expect(throws: ServiceError.self) { try folders.load() }
            #expect(try folders.setUp())
            #expect(try !folders.setUp())
            let clock = ManualClock(made)
            let here = try tokens(folders, clock.clock)
            let payload = TokenPayload(
                user: user, methods: .password, scope: .unscoped, expiresAt: made.addingTimeInterval(60),
                auditIDs: [first])
            let before = try here.seal(payload, at: made)
            // A host that has the public keys of before the rotation believes the key that now signs.
            let known = try folders.load().verifying
            #expect(try folders.rotate() == 3)
            let signing = try folders.load().signing.publicKey.rawRepresentation
            #expect(known.contains { $0.rawRepresentation == signing })
            clock.advance(by: .seconds(3))
            let after = try here.seal(payload, at: made)
            #expect(here.open(before) != nil)
            #expect(here.open(after) != nil)
            #expect(try folders.rotate() == 4)
            clock.advance(by: .seconds(3))
            #expect(here.open(before) == nil)
            #expect(here.open(after) != nil)
            let mode = try FileManager.default.attributesOfItem(atPath: "\(folders.privateFolder)/private.pem")
            #expect(mode[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test("A key that has just signed is believed, whatever its number") func lostSigningKey() throws {
        try withFolders { folders in
            try folders.setUp()
            try FileManager.default.removeItem(atPath: "\(folders.privateFolder)/private.pem")
            #expect(try folders.setUp())
            try folders.rotate()
            let payload = TokenPayload(
                user: user, methods: .password, scope: .unscoped, expiresAt: made.addingTimeInterval(60),
                auditIDs: [first])
            let token = try tokens(folders).seal(payload, at: made)
            try folders.rotate()
            #expect(try tokens(folders).open(token) != nil)
        }
    }

    @Test("A key that others do not know is not made the one that signs") func unknownStagedKey() throws {
        try withFolders { folders in
            try folders.setUp()
            try FileManager.default.removeItem(atPath: "\(folders.publicFolder)/2.pem")
            #expect(throws: ServiceError.self) { try folders.rotate() }
            #expect(throws: Never.self) { try folders.load() }
            try FileManager.default.removeItem(atPath: "\(folders.publicFolder)/1.pem")
            #expect(throws: ServiceError.self) { try folders.load() }
        }
    }

    @Test("A Keystone's key stays when ours are rotated")
    func keystonesKeyStays() throws {
        try withFolders(isKeystones: true) { folders in
            try folders.setUp()
            let good =
                "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhNjYyOWU3NmFmYWQ0Y2I0OGU2NjIyMzM2ZWJjYTRmMyIsImlhdCI6MTcwMDAwMDAwMCwiZXhwIjoxNzAwMDAzNjAwLCJvcGVuc3RhY2tfbWV0aG9kcyI6WyJwYXNzd29yZCIsInRva2VuIl0sIm9wZW5zdGFja19hdWRpdF9pZHMiOlsiQUFFQ0F3UUZCZ2NJQ1FvTERBME9EdyJdLCJvcGVuc3RhY2tfcHJvamVjdF9pZCI6IjQ4MDQyMDI5M2JhODRjOTQ5ZTM3ODJjZDNhZGIzOTNiIn0.3e-hLvXjeyV-d7E9PmCRzuNXBQxIV1luyT7r_Q_LakIuOI_ZX0YpaVbLzWETGKgl-1sj5x3QAgLW85hFtZxUoQ"
            for _ in 0..<5 { try folders.rotate() }
            #expect(try tokens(folders).open(good) != nil)
        }
    }

    @Test(
        "Identity makes, validates, exchanges and voids signed tokens", .enabled(if: TestServices.isDatabaseAvailable))
    func service() async throws {
        try await APIWorld.run(options: "[token]\nprovider = jws") { world in
            #expect(world.token.split(separator: ".").count == 3)
            let (user, project) = try await world.newUser("u")
            let login = try await world.call("POST", "/auth/tokens", APIWorld.login(user, project: project), token: "")
            let token = try #require(login.headers[.subjectToken])
            let shown = try await world.call("GET", "/auth/tokens", headers: ["X-Subject-Token": token])
            #expect(shown.status == 200)
            for name in ["expires_at", "issued_at", "audit_ids", "user", "project", "roles", "methods"] {
                #expect(shown.body["token"]?[name] == login.body["token"]?[name], "\(name)")
            }
            let exchange: JSONValue = [
                "auth": ["identity": ["methods": ["token"], "token": ["id": .string(token)]], "scope": "unscoped"]
            ]
            let unscoped = try await world.call("POST", "/auth/tokens", exchange, token: "")
            #expect(unscoped.status == 201)
            let gone = try await world.call("DELETE", "/auth/tokens", headers: ["X-Subject-Token": token])
            #expect(gone.status == 204)
            #expect(try await world.status("GET", "/auth/catalog", token: token) == 401)
            // What was obtained with it goes with it.
            #expect(try await world.status("GET", "/auth/projects", token: unscoped.headers[.subjectToken]) == 401)
        }
    }
}
