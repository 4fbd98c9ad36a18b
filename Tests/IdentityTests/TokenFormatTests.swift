import Core
import FoundationEssentials
import Testing

@testable import Identity

/// Tokens made with Python's cryptography and msgpack in Keystone's layouts: the keys can be shared.
struct TokenFormatTests {
    private let fernet = Fernet(keys: [FernetKey(text: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")!])
    private let user = UserID("a6629e76afad4cb48e6622336ebca4f3")
    private let project = ProjectID("480420293ba84c949e3782cd3adb393b")
    private let first = "AAECAwQFBgcICQoLDA0ODw"
    private let second = "EBESExQVFhcYGRobHB0eHw"

    private func payload(_ token: String) throws -> TokenPayload {
        let opened = try #require(fernet.open(token))
        #expect(opened.issuedAt == Date(timeIntervalSince1970: 1_700_000_000))
        return try #require(TokenPayload(decoding: opened.payload))
    }

    @Test func keystonesTokensAreRead() throws {
        let unscoped = try payload(
            "gAAAAABlU_EAhTQ59F9NdNYmielZrMcRRPg6v13L4lCI3cZNpfrZMgfnDj8OBzwbDMXXA4fI5WmrKMUrekVVPYFu0S66IW0pqlYut4RKu7M81VPj-aAlFRmBduuHdw3anmz67_9ohyj8AawWpHPbzcu_LcBIjRnYBA"
        )
        #expect(unscoped.user == user)
        #expect(unscoped.scope == .unscoped)
        #expect(unscoped.methods.names == ["password"])
        #expect(unscoped.auditIDs == [first])
        #expect(unscoped.expiresAt == Date(timeIntervalSince1970: 1_700_003_600.5))
        let domain = try payload(
            "gAAAAABlU_EAXUfiQWnAuVpETbKly6wTKo0ALp7Wg9gSfWSMJxXYbY_1gFRIkImPvHs8eTLpuopIXaLFRTnUu_qh46EX8N7nId2kWbIAZWFWnCFMo2Kep92yIjrUo_WF-VV-71KUfbEgYVaIZGJhzFESo3OvEWM32IssRxtU_y2q7KHC7sIJuek"
        )
        #expect(domain.scope == .domain(DomainID("default")))
        #expect(domain.auditIDs == [first, second])
        let scoped = try payload(
            "gAAAAABlU_EAbq0WljuqhpWVFKY3qybKz-hf80-MDADL55RtmeBUAFVXpF5MvoB-JJCfYWgeCFfrvTMsSbnNiTiJGQ-76Ml67pJYJeNVkE_TSNHkC5fTd8BxVZikNKw7BgzgWYf4bilrSxs5argdmBGMSuKjMMXqAKIoll6E6FEFBW9qaOdCRyqlYM7bFHMc5VWpapuZGjD9"
        )
        #expect(scoped.scope == .project(project))
        #expect(scoped.methods == [.password, .token])
        let trust = try payload(
            "gAAAAABlU_EAWIBskOroYeIunZxBc6KOc2CGwLPviM3treWRxsdcdywcVnLS56V0vw1kgL6umNtvw4oznKoTIEgYhJXkgrPi71CUkIUZDKkuIa9R9U20lLPw_fvDI8MuX5pgVsoCJ_abH9ie7Ps7T5fipyzj78xoALfnxvpIFY9OaOPHeaZPK1NjFtrltk16i8x1GhUpo7Ui"
        )
        #expect(trust.scope == .trust(TrustID(project.rawValue), project: project))
        let system = try payload(
            "gAAAAABlU_EAH0CcrmHJu3If3rPyFtxKDAlSVr6XN0nsHti7z-qNJO4B5Dz1kVOZrhCBIwvnuL6exqx_zD_GLfiu6l1cWENaWWIw6d6-ZD19bZjlhDYJeui946xtrKOo6meyAsoz2IG9MYkFrgA93l3SgCp4_rk5mw"
        )
        #expect(system.scope == .system)
        let credential = try payload(
            "gAAAAABlU_EAXj5oJ7MpB_Ms7EznDd6uvfGUtNfIygx5TZy1TaTe2n2ofvELkhJyfyI4YFhzB2XocWqRyaEaPOpVNTFp9Qfm27_IQko5JFzx-Rwi6nydspMbwPbxUBI3gnBK2fL6RuLUmNWQeZr93-1PqweYuhGMvDfeFAdnd6cqCVfODr-0D4ojRWeb8TwQIUfbf5yQzvLJ"
        )
        #expect(
            credential.scope == .applicationCredential(ApplicationCredentialID(project.rawValue), project: project))
        let named = try payload(
            "gAAAAABlU_EAn-ahEoVMNlvA3vF8-LttOw82uQRG3AYHxfgC_S8qa7F5BMpnz6c2M6G5AHU-uBVh9NIrYW8VmXRC9mXUQCBIhcWmJx8PXyza644uSY1QqsYt4ANLkYZMgxjabX2ZQrBOGG6mqz0ptWPI5ny2DmA0y7Li5zwHWRAWWDG1mxN26Tg"
        )
        #expect(named.user == UserID("ldap-user@example"))
    }

    @Test func aPayloadIsByteForByteKeystones() {
        let payload = TokenPayload(
            user: user, methods: [.password, .token], scope: .project(project),
            expiresAt: Date(timeIntervalSince1970: 1_700_003_600.5), auditIDs: [first])
        let hex = payload.encoded().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(
            hex
                == "960292c3c410a6629e76afad4cb48e6622336ebca4f30692c3c410480420293ba84c949e3782cd3adb393bcb41d954ffc420000091c410000102030405060708090a0b0c0d0e0f"
        )
    }

    @Test(arguments: [
        TokenPayload.Scope.unscoped, .system, .domain(DomainID("default")),
        .domain(DomainID("0123456789abcdef0123456789abcdef")), .project(ProjectID("p-1")),
        .trust(TrustID("0123456789abcdef0123456789abcdef"), project: nil),
        .applicationCredential(ApplicationCredentialID("c"), project: ProjectID("0123456789abcdef0123456789abcdef")),
        .oauth(OAuthAccessTokenID("a"), project: ProjectID("p")),
    ])
    func whatIsWrittenIsRead(_ scope: TokenPayload.Scope) {
        let payload = TokenPayload(
            user: UserID("u"), methods: .password, scope: scope, expiresAt: Date(timeIntervalSince1970: 5.25),
            auditIDs: [first, second])
        #expect(TokenPayload(decoding: payload.encoded()) == payload)
    }

    @Test func tokensOfIdentityProvidersUsersAreRead() throws {
        let unscoped = try payload(
            "gAAAAABlU_EAFbesfN2wzSyhP9Wz4s93SoSowGA3z6sHfSlrpz5IRdOIsE2Fz1JqIiaPt9Rt6mO58khlkyUGEKdf_ZxKf8HBCHKv4c93fP0Mc6zFiKN2FTmCONB8lbr_WWAN_dmAad2x_jrBADLfmK_mC5vECAv7Hhk9HRYVF3Wbx2Nim2cKK4tWAmx75t9OV_UTsbf_rTLY"
        )
        #expect(unscoped.scope == .unscoped)
        #expect(unscoped.methods == .mapped)
        #expect(
            unscoped.federation
                == TokenPayload.Federation(
                    identityProvider: IdentityProviderID("idp"), protocolID: FederationProtocolID("saml2"),
                    groups: [GroupID(project.rawValue)]))
        let inProject = try payload(
            "gAAAAABlU_EAjTMkxRjuQL4DWjQvqWDTUeq4q7LF_9hs2X4kkyHuJZ5ZmkyhOzwV-CPkV11c00YqCLG1__iBLaidjcNhOIaRTQpVawGC_6quA__RzKoZy2d_pDQaAwZRt71yhILNnzQ_Ljt9559slJrLiULSYSsUwax-R65MjPq0cYSF9YfD_TCQL3rHCj3jBpPaRLJVFQwdAuMNI0NbvM5jKKSXZ7HsQQ"
        )
        #expect(inProject.scope == .project(project))
        #expect(inProject.federation?.groups == [GroupID(user.rawValue), GroupID("g")])
        let inDomain = try payload(
            "gAAAAABlU_EA1IzN7YsdQcoeVaFbaUm9RTxBsgP_Alti6bu6b8CEreaw4kL1PVXzUppzlljT1bVZiYOakG3Z0CcvyZ7FXKFJTp3R5bMrr1lN6V-idiXOfAyrd-2J6ZIZaqls4Lt21KAkZASSHCf_wE1FXnGqh9ypNZnm4j--jxYTJNtwFu9sPaw6UggUSEr0XWemCkBhTvJNlPnSLEY58Nf053kjnORhAg"
        )
        #expect(inDomain.scope == .domain(DomainID("default")))
        #expect(inDomain.federation?.identityProvider == IdentityProviderID(project.rawValue))
    }

    @Test func tokensOfOAuthAreRead() throws {
        let payload = try payload(
            "gAAAAABlU_EALqJjNhRkTWJuUJWE3a8OJIuTmayPMrIWSMGlTLHqU0KirFDh04D6pvNclawyyJve8EQsmDBjgHIQKSYUyddfaT1rXcO_IxPgDPL030OZzjXmqGZKJA0gY7NI9twHc9fvuxRt6WVPkFHjCiPshWct1ib6LSqOo_Jjt9NaBC7EU3bg9u1MAkr820QQSu3oh_4o"
        )
        #expect(payload.scope == .oauth(OAuthAccessTokenID(user.rawValue), project: project))
        #expect(payload.methods == .oauth1)
    }

    /// A method that is not known might be a delegated one.
    @Test func tokensWithUnknownMethodsAreRefused() {
        let payload = TokenPayload(
            user: user, methods: AuthMethods(rawValue: 1 << 40), scope: .unscoped,
            expiresAt: Date(timeIntervalSince1970: 5), auditIDs: [first])
        #expect(TokenPayload(decoding: payload.encoded()) == nil)
    }

    @Test func onlyPrimaryMethodsAreNotDelegated() {
        #expect(!AuthMethods([.password, .token]).isDelegated)
        #expect(!AuthMethods([.mapped]).isDelegated)
        for method in [AuthMethods.oauth1, .applicationCredential, .ec2Credential, []] {
            #expect(method.isDelegated)
            #expect(method.isEmpty || method.union(.password).isDelegated)
        }
    }

    @Test(arguments: [TokenPayload.Scope.unscoped, .project(ProjectID("p-1")), .domain(DomainID("default"))])
    func whatAnIdentityProviderSaidIsKept(_ scope: TokenPayload.Scope) {
        let payload = TokenPayload(
            user: UserID("u"), methods: .mapped, scope: scope, expiresAt: Date(timeIntervalSince1970: 5.25),
            auditIDs: [first, second],
            federation: TokenPayload.Federation(
                identityProvider: IdentityProviderID("idp"), protocolID: FederationProtocolID("openid"),
                groups: [GroupID("g"), GroupID("0123456789abcdef0123456789abcdef")]))
        #expect(TokenPayload(decoding: payload.encoded()) == payload)
    }

    /// Malleability.
    @Test func noChangedTokenOpens() throws {
        let token = try fernet.seal(Array("payload".utf8), at: Date(timeIntervalSince1970: 1000))
        #expect(fernet.open(token)?.payload == Array("payload".utf8))
        var characters = Array(token.utf8)
        for index in characters.indices {
            let original = characters[index]
            for replacement in Array("Ag_-=".utf8) where replacement != original {
                characters[index] = replacement
                #expect(fernet.open(String(decoding: characters, as: UTF8.self)) == nil)
            }
            characters[index] = original
        }
        for cut in 0..<characters.count {
            #expect(fernet.open(String(decoding: characters[..<cut], as: UTF8.self)) == nil)
        }
    }

    @Test func truncatedPayloadsAreRefused() {
        let bytes = TokenPayload(
            user: user, methods: .password, scope: .project(project), expiresAt: Date(timeIntervalSince1970: 1),
            auditIDs: [first]
        ).encoded()
        for cut in 0..<bytes.count { #expect(TokenPayload(decoding: Array(bytes[..<cut])) == nil) }
        #expect(TokenPayload(decoding: bytes + [0]) == nil)
        // A chain of arrays deeper than any payload.
        #expect(TokenPayload(decoding: Array(repeating: 0x91, count: 100_000)) == nil)
    }

    @Test func rotatedKeysOpenOlderTokensUntilTheyAreDropped() throws {
        let path = "\(FileManager.default.temporaryDirectory.path)/apus-keys-\(IDGenerator.random.hex())"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let folder = FernetKeyFolder(path: path, maximumKeys: 3)
        #expect(throws: ServiceError.self) { try folder.load() }
        #expect(try folder.setUp())
        #expect(try !folder.setUp())
        let token = try folder.load().seal([1, 2, 3], at: Date(timeIntervalSince1970: 1))
        #expect(try folder.rotate() == 2)
        #expect(try folder.load().open(token)?.payload == [1, 2, 3])
        #expect(try folder.rotate() == 3)
        #expect(try folder.load().open(token) == nil)
        let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        #expect(names == ["0", "2", "3"])
        let mode = try FileManager.default.attributesOfItem(atPath: "\(path)/0")[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }
}
