public import HTTPTypes

/// Which versions an API has, in which headers clients ask for one, and what the answers say.
///
/// The headers are those of the API SIG's microversion specification; Nova has a second, older pair.
public struct MicroversionPolicy: Sendable {
    /// The service type in `OpenStack-API-Version: TYPE VERSION`.
    public let serviceType: String
    public let min: Microversion
    public let max: Microversion
    /// What a request without the header gets.
    public let assumed: Microversion
    /// Nova's own header from before the common one.
    public let legacyHeader: HTTPField.Name?
    /// Whether the range is written into the body of a 406 answer (Placement).
    public let faultHasRange: Bool

    public init(
        serviceType: String, min: Microversion, max: Microversion, assumed: Microversion? = nil,
        legacyHeader: HTTPField.Name? = nil, faultHasRange: Bool = false
    ) {
        self.serviceType = serviceType
        self.min = min
        self.max = max
        self.assumed = assumed ?? min
        self.legacyHeader = legacyHeader
        self.faultHasRange = faultHasRange
    }

    public static func compute(min: Microversion = "2.1", max: Microversion) -> MicroversionPolicy {
        MicroversionPolicy(serviceType: "compute", min: min, max: max, legacyHeader: .novaAPIVersion)
    }

    public static func volume(min: Microversion = "3.0", max: Microversion) -> MicroversionPolicy {
        MicroversionPolicy(serviceType: "volume", min: min, max: max)
    }

    public static func placement(min: Microversion = "1.0", max: Microversion) -> MicroversionPolicy {
        MicroversionPolicy(serviceType: "placement", min: min, max: max, faultHasRange: true)
    }

    /// The version a request asks for.
    /// - Throws: `APIFault` 400 for a malformed header, 406 for a version outside the range.
    public func negotiate(_ headers: HTTPFields) throws(APIFault) -> Microversion {
        guard let wanted = requested(headers) else { return assumed }
        if wanted == "latest" { return max }
        guard let version = Microversion(wanted) else {
            throw APIFault(.badRequest, malformed(wanted))
        }
        guard version >= min, version <= max else {
            throw APIFault(.notAcceptable, unacceptable(version), versionRange: faultHasRange ? (min, max) : nil)
        }
        return version
    }

    private func requested(_ headers: HTTPFields) -> String? {
        for field in headers where field.name == .openStackAPIVersion {
            let value = field.value
            for item in value.split(separator: ",") {
                let words = item.split(whereSeparator: { $0 == " " || $0 == "\t" })
                guard words.count >= 2, words[0].lowercased() == serviceType else { continue }
                return words.dropFirst().joined(separator: " ")
            }
        }
        guard let legacyHeader, let value = headers.value(legacyHeader) else { return nil }
        return value
    }

    private func malformed(_ text: String) -> String {
        faultHasRange
            ? "invalid version string: \(text)"
            : "API Version String \(text) is of invalid format. Must be of format MajorNum.MinorNum."
    }

    private func unacceptable(_ version: Microversion) -> String {
        faultHasRange
            ? "Unacceptable version header: \(version)"
            : "Version \(version) is not supported by the API. Minimum is \(min) and maximum is \(max)."
    }

    /// Adds the headers that say which version answered, and that answers vary by it.
    func describe(_ version: Microversion, in headers: inout HTTPFields) {
        headers.append(HTTPField(name: .openStackAPIVersion, value: "\(serviceType) \(version)"))
        headers.append(HTTPField(name: .vary, value: HTTPField.Name.openStackAPIVersion.rawName))
        if let legacyHeader {
            headers.append(HTTPField(name: legacyHeader, value: version.description))
            headers.append(HTTPField(name: .vary, value: legacyHeader.rawName))
        }
    }
}
