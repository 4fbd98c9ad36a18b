import Core
package import FoundationEssentials

/// What `POST /v3/auth/tokens` answers while methods are missing: those that succeeded need not be repeated.
package struct Receipt: Sendable {
    package var text: String
    package var user: User
    package var userDomain: Project
    package var methods: AuthMethods
    package var requiredMethods: [[String]]
    package var issuedAt: Date
    package var expiresAt: Date
}

/// The user's rules want more methods than succeeded.
package struct MultiFactorRequired: Error, Sendable {
    package let receipt: Receipt
}

/// The payload of a receipt in Keystone's layout. It starts with an array and not with a number, so that no receipt
/// can be taken for a token, although the keys are the same.
struct ReceiptPayload: Hashable {
    var user: UserID
    var methods: AuthMethods
    var expiresAt: Date

    func encoded() -> [UInt8] {
        MessagePack.array([
            PackedID.packed(user.rawValue), .integer(methods.rawValue), .double(expiresAt.timeIntervalSince1970),
        ]).encoded
    }

    init(user: UserID, methods: AuthMethods, expiresAt: Date) {
        self.user = user
        self.methods = methods
        self.expiresAt = expiresAt
    }

    init?(decoding bytes: [UInt8]) {
        do {
            guard case .array(let items) = try MessagePack(decoding: bytes), items.count == 3,
                let user = PackedID.unpacked(items[0]), case .integer(let methods) = items[1],
                let expiresAt = PackedID.time(items[2])
            else { return nil }
            self.init(user: UserID(user), methods: AuthMethods(rawValue: methods), expiresAt: expiresAt)
        } catch {
            return nil
        }
    }
}
