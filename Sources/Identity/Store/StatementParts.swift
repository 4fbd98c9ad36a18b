extension Array {
    /// Parts for one statement each: a statement binds 65,535 values at most, and a domain may have any number of
    /// users.
    var statementParts: [ArraySlice<Element>] {
        stride(from: 0, to: count, by: 500).map { self[$0..<Swift.min($0 + 500, count)] }
    }
}
