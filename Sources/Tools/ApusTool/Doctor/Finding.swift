/// One difference between what the databases say and what there is.
struct Finding: Sendable, Hashable {
    enum Kind: String, Sendable {
        /// A row says that it should be there, and it is not.
        case missing
        /// It is there, and nothing says that it should be.
        case leftover
        /// It is there, but not as the rows say.
        case mismatch
    }

    var kind: Kind
    /// What, in a form that can be used in a command: `domain 0d0f…`.
    var what: String
    var detail: String
}

/// One comparison.
protocol DoctorCheck: Sendable {
    var name: String { get }
    /// - Throws: `CheckSkipped` when there is nothing to compare on this machine.
    func run(_ cloud: DoctorContext) async throws -> [Finding]
}

/// Why a comparison was not made. Not a difference, but said.
struct CheckSkipped: Error {
    let reason: String
}
