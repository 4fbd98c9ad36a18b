public import Core
public import Workflow

/// Proves that a saga's steps and undos can run twice, fail anywhere, and leave nothing behind.
///
/// Each trial gets an environment and a state of its own from the closures. Effects belong into that
/// environment (fakes, or a fresh database).
public struct SagaHarness<S: Saga> {
    public struct Trial {
        public let environment: S.Environment
        public let state: S.State

        public init(environment: S.Environment, state: S.State) {
            self.environment = environment
            self.state = state
        }
    }

    private let prepare: () async throws -> Trial
    private let report: (String, S.State) -> JSONValue?
    private let expectDone: (S.Environment) async throws -> Void
    private let expectNothingLeft: (S.Environment) async throws -> Void

    /// - Parameters:
    ///   - report: what arrives for a step that waits.
    ///   - done: checks the environment after a run to the end.
    ///   - nothingLeft: checks it after an undo.
    public init(
        _: S.Type, prepare: @escaping () async throws -> Trial,
        report: @escaping (String, S.State) -> JSONValue? = { _, _ in nil },
        done: @escaping (S.Environment) async throws -> Void,
        nothingLeft: @escaping (S.Environment) async throws -> Void
    ) {
        self.prepare = prepare
        self.report = report
        expectDone = done
        expectNothingLeft = nothingLeft
    }

    /// Everything below.
    public func runAll() async throws {
        try await everyStepTwice()
        for index in S.steps.indices {
            try await failure(at: index, afterItsEffect: false)
            try await failure(at: index, afterItsEffect: true)
        }
    }

    /// Each step runs, its new state is lost, and it runs again from the old one, as after a crash.
    public func everyStepTwice() async throws {
        let trial = try await prepare()
        var state = trial.state
        var generation: Int64 = 1
        for step in S.steps { try await run(step, &state, trial.environment, &generation, twice: true) }
        try await expectDone(trial.environment)
    }

    /// The step at `index` fails before or after its effect; then everything is undone, each undo twice.
    public func failure(at index: Int, afterItsEffect: Bool) async throws {
        let trial = try await prepare()
        var state = trial.state
        var generation: Int64 = 1
        for step in S.steps[..<index] { try await run(step, &state, trial.environment, &generation, twice: false) }
        let failing = S.steps[index]
        if afterItsEffect {
            // The effect happened, what it wrote into the state did not survive.
            var lost = state
            try await run(failing, &lost, trial.environment, &generation, twice: false)
        }
        let error = ServiceError(.internal, "The harness made step \(failing.name) fail.")
        let failure = SagaFailure(step: failing.name, error)
        for step in S.steps[...index].reversed() {
            guard let undo = step.undo else { continue }
            var first = state
            try await undo(&first, trial.environment, facts(generation, nil, failure))
            generation += 1
            try await undo(&state, trial.environment, facts(generation, nil, failure))
        }
        try await expectNothingLeft(trial.environment)
    }

    private func run(
        _ step: SagaStep<S.State, S.Environment>, _ state: inout S.State, _ environment: S.Environment,
        _ generation: inout Int64, twice: Bool
    ) async throws {
        if twice {
            var lost = state
            try await step.run(&lost, environment, facts(generation, nil, nil))
            generation += 1
        }
        try await step.run(&state, environment, facts(generation, nil, nil))
        guard step.wait != nil, let finish = step.finish else { return }
        let report = report(step.name, state)
        if twice {
            var lost = state
            try await finish(&lost, environment, facts(generation, report, nil))
            generation += 1
        }
        try await finish(&state, environment, facts(generation, report, nil))
    }

    private func facts(_ generation: Int64, _ report: JSONValue?, _ failure: SagaFailure?) -> SagaRun {
        SagaRun(
            id: "harness", generation: generation, context: RequestContext(requestID: "req-harness"),
            report: report, failure: failure)
    }
}
