import Core
import Database

/// Rotation of the keys that credentials, consumers' secrets and domains' passwords are encrypted with.
package struct CredentialKeys: Sendable {
    let env: IdentityEnvironment
    private static let pageSize = 100

    package init(_ env: IdentityEnvironment) { self.env = env }

    /// Encrypts anew, with the primary key, what was encrypted with an older one: after it the older ones may go.
    ///
    /// Safe to repeat, to interrupt, and beside daemons at work: a text that changes meanwhile is theirs.
    /// - Returns: how many texts were encrypted anew.
    package func renew() async throws -> Int {
        var count = 0
        for column in SealedTextStore.columns {
            var marker = ""
            while let (next, changed) = try await renew(column, after: marker) {
                marker = next
                count += changed
            }
        }
        return count + (try await renewOptions())
    }

    /// - Returns: the last id of the page and how many of it changed; nil at the end.
    private func renew(
        _ column: SealedTextStore.Column, after marker: String
    ) async throws -> (marker: String, changed: Int)? {
        let env = env
        return try await env.database.transaction("renew sealed texts") { tx in
            let rows = try SealedTextStore.page(column, after: marker, limit: Self.pageSize, tx)
            guard let last = rows.last else { return nil }
            let old = rows.filter { !env.credentialKeys.current().isSealedByPrimary($0.text) }
            for row in old {
                let new = try env.encrypt(try env.decrypt(row.text))
                try SealedTextStore.replace(row.text, with: new, column, id: row.id, tx)
            }
            return (last.id, old.count)
        }
    }

    private func renewOptions() async throws -> Int {
        let env = env
        return try await env.database.transaction("renew sealed options") { tx in
            let old = try SealedTextStore.options(tx).filter { option in
                option.entry.value.string.map { !env.credentialKeys.current().isSealedByPrimary($0) } ?? false
            }
            for option in old {
                var entry = option.entry
                entry.value = .string(try env.encrypt(try env.decrypt(entry.value.string ?? "")))
                try DomainConfigurationStore.set([entry], of: option.domain, tx)
            }
            return old.count
        }
    }
}
