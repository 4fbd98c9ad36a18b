public import Core
import HTTPTypes

/// The policy engine bound to one caller and one API's words.
public final class PolicyEnforcer: Sendable {
    private let engine: PolicyEngine
    private let faults: any FaultStyle
    private let context: RequestContext
    public let credentials: PolicyCredentials

    public init(
        engine: PolicyEngine, context: RequestContext, faults: any FaultStyle, extra: [String: [String]] = [:]
    ) {
        self.engine = engine
        self.faults = faults
        credentials = PolicyCredentials(context, extra: extra)
        self.context = context
    }

    /// Without a target the caller's own project and user are meant.
    public func isAllowed(_ rule: PolicyRule, target: [String: String?] = [:]) -> Bool {
        engine.isAllowed(rule, credentials: credentials, target: self.target(target))
    }

    /// By name, for rules that are made from data (Neutron's attributes).
    public func isAllowed(named name: String, target: [String: String?] = [:]) -> Bool {
        engine.isAllowed(named: name, credentials: credentials, target: self.target(target))
    }

    /// - Throws: `APIFault` 403, which names the rule.
    public func authorize(_ rule: PolicyRule, target: [String: String?] = [:]) throws(APIFault) {
        guard isAllowed(rule, target: target) else {
            throw APIFault(.forbidden, faults.policyDenial(rule.name), type: faults.type(.forbidden))
        }
    }

    private func target(_ given: [String: String?]) -> PolicyTarget { given.isEmpty ? .own(context) : .given(given) }
}
