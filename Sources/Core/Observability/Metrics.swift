/// The process's metrics, rendered in Prometheus's text format.
///
/// A metric is registered once by name; asking again answers the same one. Label values must come
/// from small sets (a route, a status, a topic), never from tenants: each combination is kept.
public final class Metrics: Sendable {
    public static let shared = Metrics()

    private let families = Locked<[String: MetricFamily]>([:])

    public init() {}

    public func counter(_ name: StaticString, help: String, labels: [String] = []) -> Counter {
        Counter(family(name, .counter, help, labels, []))
    }

    public func gauge(_ name: StaticString, help: String, labels: [String] = []) -> Gauge {
        Gauge(family(name, .gauge, help, labels, []))
    }

    /// Buckets are upper bounds in seconds, ascending.
    public func histogram(
        _ name: StaticString, help: String, labels: [String] = [],
        buckets: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
    ) -> Histogram {
        Histogram(family(name, .histogram, help, labels, buckets))
    }

    public func render() -> String {
        let families = families.withLock { $0 }
        return families.sorted { $0.key < $1.key }.map { $0.value.render() }.joined()
    }

    private func family(
        _ name: StaticString, _ kind: MetricFamily.Kind, _ help: String, _ labels: [String], _ buckets: [Double]
    ) -> MetricFamily {
        families.withLock { families in
            let key = name.description
            if let family = families[key] { return family }
            let family = MetricFamily(name: key, kind: kind, help: help, labels: labels, buckets: buckets)
            families[key] = family
            return family
        }
    }
}

/// Only goes up: requests served, errors met.
public struct Counter: Sendable {
    private let family: MetricFamily
    fileprivate init(_ family: MetricFamily) { self.family = family }

    public func add(_ count: Int = 1, _ labels: String...) { family.one(labels).add(Double(count)) }
    /// The count under these labels, for who adds to it often.
    public func series(_ labels: String...) -> MetricSeries { family.one(labels) }
    public func value(_ labels: String...) -> Double { family.value(labels) }
}

/// Goes up and down: queue lengths, connections in use.
public struct Gauge: Sendable {
    private let family: MetricFamily
    fileprivate init(_ family: MetricFamily) { self.family = family }

    public func set(_ value: Double, _ labels: String...) { family.one(labels).set(value) }
    public func add(_ value: Double, _ labels: String...) { family.one(labels).add(value) }
    public func value(_ labels: String...) -> Double { family.value(labels) }
}

/// How long things take, in seconds.
public struct Histogram: Sendable {
    private let family: MetricFamily
    fileprivate init(_ family: MetricFamily) { self.family = family }

    public func observe(_ seconds: Double, _ labels: String...) { family.one(labels).observe(seconds) }
    /// The observations under these labels, for who adds to them often.
    public func series(_ labels: String...) -> MetricSeries { family.one(labels) }

    /// Observes how long `body` takes, whether it throws or not.
    public func time<T>(
        _ labels: String..., isolation: isolated (any Actor)? = #isolation, body: () async throws -> T
    ) async rethrows -> T {
        let start = ContinuousClock.now
        defer { family.one(labels).observe((ContinuousClock.now - start).seconds) }
        return try await body()
    }
}
