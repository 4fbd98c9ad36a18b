import ComputeStore
import Core
import CryptoExtras

/// Makes RSA keypairs. The private half is in memory only, and only until it is sent.
struct KeypairMaker: Sendable {
    struct Made: Sendable {
        let privateKey: String
        let publicKey: String
    }

    /// Making a key takes a tenth of a second of computing, so it has threads of its own.
    private let pool = BlockingPool(name: "keypair", threads: 2, maxQueue: 64)

    func make() async throws -> Made {
        try await pool.run {
            let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
            let numbers = try key.publicKey.getKeyPrimitives()
            let text = SSHPublicKey.text(modulus: Array(numbers.modulus), exponent: Array(numbers.publicExponent))
            return Made(privateKey: key.pemRepresentation + "\n", publicKey: text + " Generated-by-Apus")
        }
    }
}
