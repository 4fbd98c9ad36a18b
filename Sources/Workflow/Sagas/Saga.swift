public import Core

/// Work that outlives a process: named steps over one typed state, stored after each step.
///
/// A step and its undo may run twice, and at any time by another process: each is right both times. Ids
/// are chosen (and stored in the state) by a step before the one that uses them.
public protocol Saga<Environment> {
    associatedtype State: Codable & Sendable
    /// What the steps work with: stores, clients. Given to the engine, never stored.
    associatedtype Environment: Sendable
    static var name: String { get }
    /// Raise it when stored states or steps change meaning; keep the old type until no saga of it runs.
    static var version: Int { get }
    static var steps: [SagaStep<State, Environment>] { get }
}

/// One step. With `wait`, the saga parks after `run` until a report for the step arrives, and `finish` (if
/// given) reads it; past the wait the step has failed.
///
/// A failed step is undone too, since it may have been done in part; then the ones before it, backwards.
public struct SagaStep<State, Environment>: Sendable {
    public typealias Work = @Sendable (inout State, Environment, SagaRun) async throws -> Void

    public let name: String
    public let wait: Duration?
    public let run: Work
    /// Runs when the report has come, with it in `SagaRun.report`.
    public let finish: Work?
    public let undo: Work?

    public init(_ name: String, wait: Duration? = nil, _ run: @escaping Work, undo: Work? = nil) {
        self.init(name, wait: wait, run, finish: nil, undo: undo)
    }

    public init(_ name: String, wait: Duration? = nil, _ run: @escaping Work, finish: Work?, undo: Work? = nil) {
        self.name = name
        self.wait = wait
        self.run = run
        self.finish = finish
        self.undo = undo
    }
}

/// What a step may know about its run.
public struct SagaRun: Sendable {
    public let id: String
    /// Grows whenever the saga changes hands, and from one saga of a subject to the next: an agent that has
    /// seen a higher one for the subject refuses this one. Commands carry it.
    public let generation: Int64
    public let context: RequestContext
    /// The report that ended the wait of this step or of the last one that waited.
    public let report: JSONValue?
    /// While undoing: what failed.
    public let failure: SagaFailure?
    /// How often this step has been tried before.
    public let attempt: Int

    public init(
        id: String, generation: Int64, context: RequestContext, report: JSONValue? = nil,
        failure: SagaFailure? = nil, attempt: Int = 0
    ) {
        self.id = id
        self.generation = generation
        self.context = context
        self.report = report
        self.failure = failure
        self.attempt = attempt
    }
}

/// Why a saga failed: stored with it, and given to its undo steps.
public struct SagaFailure: Codable, Sendable, Hashable {
    public var step: String
    /// A `ServiceError.Code` by name.
    public var code: String
    public var message: String
    public var detail: String?

    public init(step: String, code: String, message: String, detail: String?) {
        self.step = step
        self.code = code
        self.message = message
        self.detail = detail
    }

    public init(step: String, _ error: any Error) {
        if let error = error as? ServiceError {
            var detail = error.detail
            if let cause = error.cause {
                detail = [detail, String(reflecting: cause)].compactMap(\.self).joined(separator: ": ")
            }
            self.init(step: step, code: error.code.name, message: error.message, detail: detail)
        } else {
            self.init(
                step: step, code: ServiceError.Code.internal.name, message: "An unexpected error occurred.",
                detail: String(reflecting: error))
        }
    }

    public var error: ServiceError {
        ServiceError(ServiceError.Code(name: code) ?? .internal, message, detail: detail)
    }
}

/// Thrown by a step that cannot go on yet: it is run again later and has not failed.
public struct SagaRetry: Error, Sendable {
    public let after: Duration
    /// Whether the pause doubles with each try of the step, up to `longest`.
    public let isGrowing: Bool
    public let longest: Duration
    public let reason: String

    public init(after: Duration, isGrowing: Bool = false, longest: Duration = .seconds(60), reason: String) {
        self.after = after
        self.isGrowing = isGrowing
        self.longest = longest
        self.reason = reason
    }
}
