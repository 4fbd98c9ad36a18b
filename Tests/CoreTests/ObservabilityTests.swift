import Core
import Testing

@Suite struct ObservabilityTests {
    @Test func aTraceGoesOnInItsChildren() throws {
        let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let parent = try #require(TraceParent(header: header))
        #expect(parent.header == header)
        let child = parent.child()
        #expect(child.traceID == parent.traceID)
        #expect(child.spanID != parent.spanID)
        #expect(TraceParent(header: child.header) == child)
        #expect(TraceParent(header: TraceParent.new().header) != nil)
    }

    @Test(arguments: [
        "", "00", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
    ])
    func aMalformedTraceIsIgnored(_ header: String) {
        #expect(TraceParent(header: header) == nil)
    }

    @Test func metricsAreRenderedForPrometheus() {
        let metrics = Metrics()
        let requests = metrics.counter("requests_total", help: "Requests.", labels: ["path", "status"])
        requests.add(2, "/a\"b", "200")
        requests.add(1, "/a\"b", "200")
        metrics.gauge("queue", help: "Queue.").set(1.5)
        let times = metrics.histogram("seconds", help: "Time.", buckets: [0.1, 1])
        times.observe(0.05)
        times.observe(0.5)
        times.observe(5)
        let text = metrics.render()
        #expect(text.contains("requests_total{path=\"/a\\\"b\",status=\"200\"} 3\n"))
        #expect(text.contains("# TYPE queue gauge\nqueue 1.5\n"))
        #expect(
            text.contains("seconds_bucket{le=\"0.1\"} 1\nseconds_bucket{le=\"1\"} 2\nseconds_bucket{le=\"+Inf\"} 3\n"))
        #expect(text.contains("seconds_count 3\n"))
        #expect(metrics.counter("requests_total", help: "", labels: []).value("/a\"b", "200") == 3)
    }
}
