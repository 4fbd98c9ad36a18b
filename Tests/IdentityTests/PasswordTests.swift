import Core
import Testing

@testable import Identity

struct PasswordTests {
    private let password = Array("correct horse ✓".utf8)

    /// Made by Keystone 30's own hashers.
    @Test(arguments: [
        "$2b$04$G/.mRZ2U1ieRapOdS4VWfe5rAZKdB0ndD1mbeRLKoCA19CtAbE7Ou",
        "$bcrypt-sha256$v=2,t=2b,r=4$8DVpG5eZwUNNRZ2J6VF/wu$/.Yf346KYnn/tk28vENqY2PJfejim82",
        "$scrypt$ln=10,r=8,p=1$PYl6WkoYQ/HwfS7yvgh+qQ$RG55WncDfUWr+BgCTSBm3W9SGq4Gi9Gs5dJQ5zoAAog",
        "$pbkdf2-sha512$1000$EcOlKKbkRUyGhXbQ761k+Q$n6HsKAjhReRqPndGylWMQ/XSN3vSLJ+TwnGKLQ1haokIcE6OzG0Gor6POpWGTF7rraAcR4V8nvxFqw7mC4gUmg",
        "$6$rounds=1000$HbQ761kQcOlKKbk$ecpIC2M4EhYbTKgrfd3nAKyUms92bYF4w5GW6xP0iNegNBOB0tS.fy9mvD8djIxmW0ZcEaAoxnFD3QAOf9ZK70",
    ])
    func keystonesHashesAreVerified(_ hash: String) {
        #expect(PasswordScheme.verify(password, hash))
        #expect(!PasswordScheme.verify(Array("correct horse".utf8), hash))
        #expect(!PasswordScheme.verify([], hash))
    }

    @Test(arguments: [
        PasswordScheme(algorithm: .bcrypt, rounds: 4), PasswordScheme(algorithm: .bcryptSHA256, rounds: 4),
        PasswordScheme(algorithm: .scrypt, rounds: 4), PasswordScheme(algorithm: .pbkdf2SHA512, rounds: 1000),
    ])
    func everySchemeVerifiesItsOwn(_ scheme: PasswordScheme) throws {
        let hash = try scheme.hash(password)
        #expect(try scheme.hash(password) != hash)
        #expect(PasswordScheme.verify(password, hash))
        #expect(!PasswordScheme.verify(password + [0x21], hash))
    }

    @Test func bytesBeyondBcryptsLimitCountWithThePreHash() throws {
        let long = Array(repeating: UInt8(ascii: "a"), count: 100)
        let hash = try PasswordScheme(algorithm: .bcryptSHA256, rounds: 4).hash(long)
        #expect(!PasswordScheme.verify(Array(long.dropLast()), hash))
    }

    @Test func everyByteOfALongPasswordCountsInAnOldHash() {
        let hash =
            "$6$abcdefgh$kPOsPTJAJbuncQ2Oceadn.tu9Jpp2hYISWdp0lj2Xl3BHL3gVLAh8yF7UQS6Mg4uaZC9YCLuhxtod6PSFFJim1"
        let long = Array(repeating: UInt8(ascii: "a"), count: 100)
        #expect(PasswordScheme.verify(long, hash))
        #expect(!PasswordScheme.verify(Array(long.dropLast()), hash))
    }

    @Test(arguments: [
        "$6$", "$6$rounds=999999999$abcdefgh$x", "$6$rounds=x$abcdefgh$x",
        "", "x", "$2b$", "$2b$99$aaaaaaaaaaaaaaaaaaaaaa", "$scrypt$ln=99,r=8,p=1$AAAA$AAAA", "$scrypt$$$",
        "$pbkdf2-sha512$0$AAAA$AAAA", "$bcrypt-sha256$v=2$a$b", "$1$abc$def",
    ])
    func malformedHashesMatchNothing(_ hash: String) {
        #expect(!PasswordScheme.verify(password, hash))
    }

    /// Denial of service by huge passwords.
    @Test func hugePasswordsAreRefusedBeforeHashing() async throws {
        let hasher = try PasswordHasher(
            scheme: PasswordScheme(algorithm: .bcrypt, rounds: 4), threads: 1, maximumQueue: 4)
        let huge = String(repeating: "a", count: 1 << 20)
        await #expect(throws: ServiceError.self) { _ = try await hasher.hash(huge) }
        #expect(try await !hasher.verify(huge, nil))
        let hash = try await hasher.hash("secret")
        #expect(try await hasher.verify("secret", hash))
        #expect(try await !hasher.verify("secret", nil))
        #expect(try await !hasher.verify("sec\u{0}ret", hash))
    }

    @Test func tooManyAtOnceAreTurnedAway() async throws {
        let hasher = try PasswordHasher(
            scheme: PasswordScheme(algorithm: .bcrypt, rounds: 8), threads: 1, maximumQueue: 2)
        let codes = await withTaskGroup(of: ServiceError.Code?.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    do {
                        _ = try await hasher.verify("x", nil)
                        return nil
                    } catch {
                        return (error as? ServiceError)?.code
                    }
                }
            }
            return await group.reduce(into: [ServiceError.Code?]()) { $0.append($1) }
        }
        #expect(codes.contains(.rateLimited))
        #expect(codes.contains(nil))
    }
}
