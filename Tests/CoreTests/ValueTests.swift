import Core
import FoundationEssentials
import Testing

@Suite struct ValueTests {
    @Test func datesHaveOpenStacksForms() throws {
        let date = Date(timeIntervalSince1970: 1_700_000_000.123456)
        #expect(date.iso8601 == "2023-11-14T22:13:20Z")
        #expect(date.iso8601Micro == "2023-11-14T22:13:20.123456")
        for text in [
            "2023-11-14T22:13:20Z", "2023-11-14T22:13:20+00:00", "2023-11-14 22:13:20", "2023-11-14T23:13:20+01:00",
        ] {
            #expect(Date(iso8601: text) == Date(timeIntervalSince1970: 1_700_000_000), "\(text)")
        }
        for text in ["2023-13-14T22:13:20Z", "2023-02-30T00:00:00Z", "yesterday", ""] {
            #expect(Date(iso8601: text) == nil, "\(text)")
        }
    }

    @Test(arguments: [
        ("11111111-2222-3333-4444-555555555555", true), ("11111111222233334444555555555555", true),
        ("default", false), ("11111111-2222-3333-4444-55555555555g", false), ("", false),
    ])
    func idsAreRecognised(text: String, expected: Bool) {
        #expect(isUUIDLike(text) == expected)
    }

    @Test func encodingsGoBothWays() {
        for length in 0..<20 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37 + 200) }
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64URL.decode(Base64URL.encode(bytes, padded: false)) == bytes)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        }
        #expect(Base64.decode("a*b=") == nil)
        #expect(Hex.decode("abc") == nil)
    }

    @Test func randomIDsAreUUIDsOfVersion4() throws {
        let ids = (0..<100).map { _ in IDGenerator.random.uuid() }
        #expect(Set(ids).count == 100)
        for id in ids {
            #expect(UUID(uuidString: id)?.uuidString.lowercased() == id)
            #expect(Array(id)[14] == "4" && "89ab".contains(Array(id)[19]))
        }
        let known = try #require(UUID(uuidString: "00112233-4455-6677-8899-AABBCCDDEEFF"))
        #expect(IDGenerator { known }.uuid() == "00112233-4455-6677-8899-aabbccddeeff")
    }

    @Test func constantTimeComparisonComparesAll() {
        #expect(constantTimeEquals([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEquals([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEquals([1, 2, 3], [1, 2]))
    }

    @Test func traceContextFollowsTheRecommendation() throws {
        let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let parent = try #require(TraceParent(header: header))
        #expect(parent.header == header)
        #expect(parent.child().traceID == parent.traceID && parent.child().spanID != parent.spanID)
        #expect(TraceParent(header: "00-00000000000000000000000000000000-b7ad6b7169203331-01") == nil)
        #expect(TraceParent(header: "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") == nil)
    }

    @Test func whatOperatorsSeeAndWhatUsersSeeDiffer() {
        let error = ServiceError(
            .unavailable, "Try again later.", detail: "host db1", cause: ServiceError(.timeout, "slow", detail: "x"))
        #expect("\(error)" == "Try again later.")
        #expect(error.debugDescription.contains("db1") && error.debugDescription.contains("slow"))
    }

    @Test func metricsAreInPrometheusForm() {
        let metrics = Metrics()
        metrics.counter("apus_requests_total", help: "Requests.", labels: ["route"]).add(2, "a\"b")
        metrics.histogram("apus_seconds", help: "Time.", buckets: [0.1, 1]).observe(0.5)
        let text = metrics.render()
        #expect(text.contains(#"apus_requests_total{route="a\"b"} 2"#))
        #expect(text.contains(#"apus_seconds_bucket{le="0.1"} 0"#) && text.contains(#"apus_seconds_bucket{le="1"} 1"#))
        #expect(text.contains("apus_seconds_count 1"))
    }
}
