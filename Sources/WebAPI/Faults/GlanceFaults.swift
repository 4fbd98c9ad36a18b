public import Core
public import HTTPTypes

/// WebOb's page for an HTTP error, as Glance answers: HTML, JSON when only that is accepted, else text.
public struct GlanceFaults: FaultStyle {
    init() {}

    public func status(_ code: ServiceError.Code) -> HTTPResponse.Status {
        code == .overQuota ? .contentTooLarge : commonStatus(code)
    }

    public func policyDenial(_ rule: String) -> String {
        "You are not authorized to complete \(rule) action."
    }

    public func body(_ fault: APIFault, _ request: FaultRequest) -> FaultBody {
        let status = "\(fault.status.code) \(StatusText.title(fault.status.code))"
        switch Self.format(request.accept) {
        case .json:
            var json = JSONWriter()
            json.object {
                $0.field("message", "\(fault.message)<br /><br />\n\n\n")
                $0.field("code", status)
                $0.field("title", StatusText.title(fault.status.code))
            }
            return FaultBody(contentType: "application/json", bytes: json.bytes)
        case .html:
            let page = """
                <html>
                 <head>
                  <title>\(status)</title>
                 </head>
                 <body>
                  <h1>\(status)</h1>
                  \(Self.escape(fault.message))<br /><br />



                 </body>
                </html>
                """
            return FaultBody(contentType: "text/html; charset=UTF-8", bytes: Array(page.utf8))
        case .text:
            let text = "\(status)\n\n\(fault.message)\n\n   "
            return FaultBody(contentType: "text/plain; charset=UTF-8", bytes: Array(text.utf8))
        }
    }

    private enum Format { case html, json, text }

    private static func format(_ accept: String?) -> Format {
        guard let accept, !accept.isEmpty else { return .html }
        let types = accept.split(separator: ",").map { item in
            String(item.split(separator: ";").first ?? "").filter { $0 != " " }.lowercased()
        }
        if types.contains(where: { $0 == "text/html" || $0 == "*/*" || $0 == "text/*" }) { return .html }
        return types.contains(where: { $0 == "application/json" || $0 == "application/*" }) ? .json : .text
    }

    static func escape(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#x27;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}

extension FaultStyle where Self == GlanceFaults {
    public static var glance: GlanceFaults { GlanceFaults() }
}
