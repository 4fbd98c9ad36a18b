import Core
import Database
import FoundationEssentials

extension AuthenticationService {
    /// Adds the methods of a receipt, and holds them all against the user's rules.
    func checkFactors(_ user: UserID, _ receipt: String?, _ context: inout AuthContext) async throws {
        if let receipt { context.methods.formUnion(try await methods(of: receipt, for: user)) }
        var account = context.account
        if account == nil {
            account = try await env.database.read("find user's rules") { tx in
                try UserStore.account(.id(user), tx).map { ($0.user, $0.domain) }
            }
            context.account = account
        }
        guard let account else { throw ServiceError.unauthenticated("no such user") }
        let rules = MultiFactorRules(account.user.options)
        guard !rules.areMet(by: context.methods, among: env.authMethods) else { return }
        throw MultiFactorRequired(receipt: try makeReceipt(account.user, account.domain, context.methods, rules))
    }

    private func methods(of receipt: String, for user: UserID) async throws -> AuthMethods {
        let refusal = ServiceError.unauthenticated("no valid receipt of this user")
        guard let (bytes, issuedAt) = env.tokenKeys.current().open(receipt),
            let payload = ReceiptPayload(decoding: bytes), payload.expiresAt > env.clock.now(), payload.user == user
        else { throw refusal }
        // A new password voids receipts as it does tokens.
        let isRevoked = try await env.database.read("check receipt") {
            try RevocationStore.isRevoked(
                users: [user], project: nil, domains: [], trust: nil, applicationCredential: nil, auditID: "",
                auditChainID: "", issuedAt: issuedAt, $0)
        }
        if isRevoked { throw refusal }
        return payload.methods.intersection(env.authMethods)
    }

    private func makeReceipt(
        _ user: User, _ domain: Project, _ methods: AuthMethods, _ rules: MultiFactorRules
    ) throws -> Receipt {
        let now = env.clock.now()
        let whole = Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down))
        let end = whole.addingTimeInterval(env.multiFactor.receiptLifetime.seconds)
        // The others are bound to a scope, an age or a provider, which a receipt does not keep.
        let kept = methods.intersection([.password, .totp, .external])
        let payload = ReceiptPayload(user: user.id, methods: kept, expiresAt: end)
        return Receipt(
            text: try env.tokenKeys.current().seal(payload.encoded(), at: now), user: user, userDomain: domain,
            methods: methods, requiredMethods: rules.rules, issuedAt: whole, expiresAt: end)
    }
}
