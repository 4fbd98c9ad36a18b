/// One thing that is not as it should be.
package struct Finding: Sendable {
    /// How much it matters, the worst first.
    package enum Rank: String, Sendable, CaseIterable, Comparable {
        /// Something that users rely on does not work, or is about to stop.
        case critical
        /// It works, and somebody has to do something about it.
        case warning
        /// Worth knowing. Does not count for the exit status.
        case note

        package static func < (left: Rank, right: Rank) -> Bool {
            allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
        }
    }

    package enum Kind: String, Sendable {
        /// A row says that it should be there, and it is not.
        case missing
        /// It is there, and nothing says that it should be.
        case leftover
        /// It is there, but not as it should be.
        case mismatch
        /// Something that the cloud needs does not answer: exit status 2.
        case unreachable
    }

    package var rank: Rank
    package var kind: Kind
    /// What, in a form that can be used in a command: `domain 0d0f…`.
    package var what: String
    package var detail: String
    /// What an operator does about it.
    package var advice: String
    package var repair: Repair?
    /// It cannot be work in progress, so one look is enough.
    package var isSettled: Bool

    package init(
        _ rank: Rank, _ kind: Kind, _ what: String, _ detail: String, advice: String, repair: Repair? = nil,
        isSettled: Bool = false
    ) {
        self.rank = rank
        self.kind = kind
        self.what = what
        self.detail = detail
        self.advice = advice
        self.repair = repair
        self.isSettled = isSettled
    }

    /// The same thing, seen again, has the same key, whatever its detail says by then.
    package var key: String { "\(kind.rawValue) \(what)" }
}

/// A safe repair: it looks again right before it acts, and acts only if nothing has changed.
package struct Repair: Sendable {
    package enum Outcome: Sendable, Equatable {
        case done(String)
        /// The state is another one by now, so nothing was done.
        case refused(String)
    }

    /// What it does, in words: shown by `--dry-run` and journaled.
    package let action: String
    package let apply: @Sendable (Cloud) async throws -> Outcome

    package init(_ action: String, _ apply: @escaping @Sendable (Cloud) async throws -> Outcome) {
        self.action = action
        self.apply = apply
    }
}
