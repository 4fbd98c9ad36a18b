import Core

/// A user's rules of several factors: any one of the lists of methods must have succeeded in full.
package struct MultiFactorRules: Sendable, Hashable {
    /// Each list in the order that the user has it in.
    package let rules: [[String]]

    /// - Parameter options: `multi_factor_auth_rules`, unless `multi_factor_auth_enabled` is false.
    package init(_ options: JSONObject) {
        let isEnabled = options["multi_factor_auth_enabled"]?.bool ?? true
        let lists = isEnabled ? options["multi_factor_auth_rules"]?.array ?? [] : []
        rules = lists.compactMap { list in
            guard let items = list.array, !items.isEmpty else { return nil }
            let names = items.compactMap(\.string)
            return names.count == items.count ? names : nil
        }
    }

    /// Whether `methods` are enough.
    ///
    /// Names of methods that do not exist, or are off, are passed over, and rules of nothing else say nothing, so that a
    /// mistake does not lock users out.
    package func areMet(by methods: AuthMethods, among enabled: AuthMethods = .every) -> Bool {
        let known = rules.map { AuthMethods(names: $0).intersection(enabled) }.filter { !$0.isEmpty }
        return known.isEmpty || known.contains { methods.isSuperset(of: $0) }
    }
}
