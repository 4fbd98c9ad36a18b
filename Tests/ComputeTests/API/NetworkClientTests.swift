import Testing

@testable import ComputeAPI
@testable import IdentityClient

struct NetworkClientTests {
    /// The ports of a list of 1,000 servers were asked for with one URL of 47 kB, which every server refuses.
    @Test func noURLIsLongerThanServersTake() {
        let ids = (0..<1000).map { _ in "5f2b6e7a-8c3d-4f10-9a55-0d1c2b3a4e5f" }
        let pages = NetworkClient.pages(ids)
        #expect(pages.flatMap { $0 } == ids)
        for page in pages {
            let query = [("fields", "device_id"), ("fields", "security_groups")] + page.map { ("device_id", $0) }
            let url = ServiceSession.url("http://network.example.org:9696", "/v2.0/ports", query)
            #expect(url.utf8.count < 8192)
        }
        #expect(NetworkClient.pages([]).isEmpty)
    }
}
