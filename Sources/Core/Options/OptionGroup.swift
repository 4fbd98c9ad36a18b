/// A group of options as a struct: its initialiser declares and reads each of them.
///
/// ```swift
/// struct SchedulerOptions: OptionGroup {
///     static let group = "scheduler"
///     let maxCandidates: Int
///
///     init(_ options: inout OptionReader) throws {
///         maxCandidates = try options.value(
///             "max_candidates", default: 100, in: 1...10_000, help: "Hosts weighed for one server.")
///     }
/// }
/// ```
public protocol OptionGroup: Sendable {
    static var group: String { get }
    init(_ options: inout OptionReader) throws
}
