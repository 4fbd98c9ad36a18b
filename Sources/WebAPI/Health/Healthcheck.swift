import Core
import Glibc
import HTTPTypes

/// `/healthcheck`, as oslo.middleware's application of that name answers it with its backend `disable_by_file`: for
/// load balancers and deployment tools. It needs no token, and says that the API is served, not that what it depends
/// on answers: that is `/readyz` of the operators' listener.
struct Healthcheck: Sendable {
    let options: APIServerOptions
    let clock: WallClock

    /// - Parameter faults: the service's own style, for other methods.
    func mount(faults: any FaultStyle) -> Mount {
        Mount(
            "",
            [
                Operation(.get, "/healthcheck", auth: .none) { request in
                    answer(HealthcheckFormat(accept: request.headers.value(.accept)), result)
                },
                // oslo.middleware: no content is what is well here.
                Operation(.head, "/healthcheck", auth: .none) { _ in
                    .text("", status: result.isAvailable ? .noContent : .serviceUnavailable)
                },
            ], faults: faults)
    }

    struct Result {
        let isAvailable: Bool
        let details: String
        var reason: String { isAvailable ? "OK" : "DISABLED BY FILE" }
    }

    /// Whether the file is there that takes the service out of a load balancer's rotation.
    private var result: Result {
        guard let path = options.healthcheckDisableFile else {
            return Result(
                isAvailable: true, details: "No 'healthcheck_disable_by_file_path' configuration value specified")
        }
        // One look at a name, which does not wait: no file of a far host belongs here.
        let isThere = access(path, F_OK) == 0
        return Result(isAvailable: !isThere, details: "Path '\(path)' was \(isThere ? "" : "not ")found")
    }

    private func answer(_ format: HealthcheckFormat, _ result: Result) -> APIResponse {
        let text =
            switch format {
            case .plain: result.reason
            case .json: json(result)
            case .html: html(result)
            }
        return .text(
            text, contentType: format.contentType, status: result.isAvailable ? .ok : .serviceUnavailable)
    }

    /// Indented by four with sorted members, as Python writes it.
    private func json(_ result: Result) -> String {
        guard options.healthcheckIsDetailed else {
            return "{\n    \"detailed\": false,\n    \"reasons\": [\n        \"\(result.reason)\"\n    ]\n}"
        }
        let texts = [clock.now().iso8601Micro, platform, result.details].map { JSONValue.string($0).jsonText }
        return """
            {
                "detailed": true,
                "now": \(texts[0]),
                "platform": \(texts[1]),
                "reasons": [
                    {
                        "class": "HealthcheckResult",
                        "details": \(texts[2]),
                        "reason": "\(result.reason)"
                    }
                ]
            }
            """
    }

    private func html(_ result: Result) -> String {
        var heads = ["Reason"]
        var cells = [result.reason]
        var status = ""
        if options.healthcheckIsDetailed {
            heads = ["Kind", "Reason", "Details"]
            cells = ["HealthcheckResult", result.reason, result.details]
            status = """
                <H1>Server status</H1>
                <B>Current time:</B><PRE>\(clock.now().iso8601Micro)</PRE>
                <B>Platform:</B><PRE>\(GlanceFaults.escape(platform))</PRE>
                <HR></HR>

                """
        }
        return """
            <HTML>
            <HEAD><TITLE>Healthcheck Status</TITLE></HEAD>
            <BODY>
            \(status)<H2>Result of 1 checks:</H2>
            <TABLE bgcolor="#ffffff" border="1">
            <TBODY>
            <TR>
            \(heads.map { "<TH>\n\($0)\n</TH>" }.joined(separator: "\n"))
            </TR>
            <TR>
            \(cells.map { "    <TD>\(GlanceFaults.escape($0))</TD>" }.joined(separator: "\n"))
            </TR>
            </TBODY>
            </TABLE>
            <HR></HR>
            </BODY>
            </HTML>
            """
    }

    private var platform: String {
        var name = utsname()
        guard uname(&name) == 0 else { return "Linux" }
        return [text(&name.sysname), text(&name.release), text(&name.machine)].joined(separator: "-")
    }

    private func text<T>(_ field: inout T) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
