/// The forms in which `/healthcheck` answers. What a client would rather have decides (RFC 9110 12.5.1); between
/// equals, and when it accepts none of them, the first here.
enum HealthcheckFormat: CaseIterable, Sendable {
    case plain, html, json

    init(accept: String?) {
        guard let accept, accept != "*/*" else {
            self = .plain
            return
        }
        let ranges = accept.split(separator: ",").compactMap { Self.range(String($0)) }
        var best: (format: Self, weight: Double)?
        for format in Self.allCases {
            // The most exact range that fits says how much the form is wanted.
            let weight = ranges.filter { $0.fits(format.mediaType) }.max { $0.exactness < $1.exactness }?.weight ?? 0
            if weight > best?.weight ?? 0 { best = (format, weight) }
        }
        self = best?.format ?? .plain
    }

    var mediaType: String {
        switch self {
        case .plain: "text/plain"
        case .html: "text/html"
        case .json: "application/json"
        }
    }

    var contentType: String { self == .json ? mediaType : mediaType + "; charset=UTF-8" }

    private struct Range {
        let type: String
        let weight: Double

        var exactness: Int { type == "*/*" ? 0 : type.hasSuffix("/*") ? 1 : 2 }

        func fits(_ mediaType: String) -> Bool {
            exactness == 0 || type == mediaType || exactness == 1 && mediaType.hasPrefix(type.dropLast())
        }
    }

    private static func range(_ text: String) -> Range? {
        let parts = text.split(separator: ";").map { $0.trimmingSpaces().lowercased() }
        guard let type = parts.first, type.contains("/") else { return nil }
        let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 }
        return Range(type: type, weight: min(max(weight ?? 1, 0), 1))
    }
}
