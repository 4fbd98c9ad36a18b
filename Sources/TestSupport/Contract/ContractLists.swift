import Core
import HTTPTypes
package import WebAPI

/// Lists of what is not yet as it should be. They may only shrink.
package enum ContractLists {
    /// Operations that read a body which no schema checks.
    package static func bodiesWithoutSchema(_ description: APIDescription) -> [String] {
        description.entries.filter { entry in
            [.post, .put, .patch].contains(entry.operation.method) && entry.operation.bodies.isEmpty
                && !entry.operation.rawBody
        }.map(\.key).sorted()
    }

    /// What differs from a recorded list. Recording takes away from it and never adds.
    package static func differences(_ found: [String], from path: String) throws -> [String] {
        let members = Dictionary(found.map { ($0, true as JSONValue) }, uniquingKeysWith: { first, _ in first })
        guard let recorded = try Golden.read(path) else { return try Golden.differences(members, from: path) }
        let new = found.filter { recorded[$0] == nil }
        guard new.isEmpty else { return new.map { "\($0) is new in a list that may only shrink: \(path)" } }
        return try Golden.differences(members, from: path)
    }
}
