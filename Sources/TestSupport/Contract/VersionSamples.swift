package import Core
package import WebAPI

/// What a resource looks like at each microversion, through the whole of the API: one sample for every version at
/// which the answer changes, by that version.
package enum VersionSamples {
    /// - Parameter type: the service type of the microversion header.
    package static func take(
        _ target: String, from api: LocalAPI, type: String, _ range: ClosedRange<Microversion>
    ) async throws -> [String: JSONValue] {
        var samples: [String: JSONValue] = [:]
        var last: JSONValue?
        for minor in range.lowerBound.minor...range.upperBound.minor {
            let version = Microversion(range.lowerBound.major, minor)
            let answer = try await api.send("GET", target, nil, version: "\(type) \(version)")
            let body = answer.body.isEmpty ? .null : try JSONValue.parse(answer.body)
            let sample: JSONValue = [
                "status": .integer(Int64(answer.status)), "body": answer.status < 400 ? normalized(body) : .null,
            ]
            if sample != last { samples["\(version)"] = sample }
            last = sample
        }
        return samples
    }

    /// With a word for each id and time, which differ from run to run.
    private static func normalized(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(normalized(text))
        case .array(let items): .array(items.map { normalized($0) })
        case .object(let members):
            .object(
                Dictionary(
                    members.map { (normalized($0.key), normalized($0.value)) }, uniquingKeysWith: { first, _ in first })
            )
        default: value
        }
    }

    private static func normalized(_ text: String) -> String {
        text.replacing(#/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/#, with: "UUID")
            .replacing(#/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?/#, with: "TIME")
            .replacing(#/\d\d:\d\d:\d\d up/#, with: "TIME up")
            .replacing(#/\b[0-9a-f]{56}\b/#, with: "HASH")
    }
}
