import Core
import HTTPTypes
import Testing

@testable import WebAPI

struct FaultTests {
    private struct PortNotFound: FaultNaming { let faultType = "PortNotFound" }

    private func answer(_ style: any FaultStyle, _ error: any Error, accept: String? = nil) async throws
        -> TestAPI.Answer
    {
        let api = try TestAPI([Operation(.get, "/x") { _ in throw error }], prefix: "/v", faults: style)
        var headers: HTTPFields = [:]
        if let accept { headers[.accept] = accept }
        return try await api.send(.get, "/v/x", headers: headers)
    }

    @Test func eachServiceWritesItsOwnFault() async throws {
        let missing = ServiceError(.notFound, "Port p could not be found.", cause: PortNotFound())
        #expect(
            try await answer(.nova, missing).json
                == ["itemNotFound": ["code": 404, "message": "Port p could not be found."]])
        #expect(
            try await answer(.keystone, missing).json
                == ["error": ["code": 404, "message": "Port p could not be found.", "title": "Not Found"]])
        #expect(
            try await answer(.neutron, missing).json
                == ["NeutronError": ["type": "PortNotFound", "message": "Port p could not be found.", "detail": ""]])
        let placement = try await answer(.placement, missing).json["errors"]?[0]
        #expect(placement?["status"] == 404)
        #expect(placement?["detail"] == "The resource could not be found.\n\n Port p could not be found.  ")
    }

    @Test func glanceAnswersInTheFormTheClientAccepts() async throws {
        let error = ServiceError(.notFound, "No image <found>")
        let page = try await answer(.glance, error, accept: "*/*")
        #expect(page.headers[.contentType] == "text/html; charset=UTF-8")
        #expect(page.text.contains("<title>404 Not Found</title>"))
        #expect(page.text.contains("No image &lt;found&gt;<br /><br />"))
        let json = try await answer(.glance, error, accept: "application/json")
        #expect(try json.json["code"] == "404 Not Found")
        #expect(
            try await answer(.glance, error, accept: "text/plain").headers[.contentType]?.hasPrefix("text/plain")
                == true)
    }

    @Test func quotaFaultsHaveTheServicesOwnStatus() async throws {
        let full = ServiceError(.overQuota, "Quota exceeded.")
        for (style, status) in [
            (NovaFaults.nova as any FaultStyle, 403), (NovaFaults.cinder, 413), (NeutronFaults.neutron, 409),
            (GlanceFaults.glance, 413),
        ] {
            #expect(try await answer(style, full).status == status)
        }
    }

    /// Row 42: what an operator may read never reaches a client.
    @Test func privateDetailNeverReachesAResponse() async throws {
        struct Secret: Error, CustomStringConvertible { let description = "hunter2" }
        let errors: [any Error] = [
            ServiceError(.badRequest, "Bad.", detail: "hunter2", cause: Secret()),
            ServiceError(.internal, "mysql://root:hunter2@db", detail: "hunter2"), Secret(),
        ]
        for error in errors {
            for style in [
                NovaFaults.nova as any FaultStyle, KeystoneFaults.keystone, NeutronFaults.neutron, GlanceFaults.glance,
                PlacementFaults.placement,
            ] {
                #expect(try await !answer(style, error).text.contains("hunter2"))
            }
        }
    }
}
