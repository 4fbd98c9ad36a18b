/// A regular expression of a schema, searched for (not anchored), as JSON Schema has it.
struct SchemaPattern: @unchecked Sendable {
    // Unchecked: `Regex` is immutable and initialises its compiled form atomically, but does not
    // declare itself Sendable.
    private let regex: Regex<AnyRegexOutput>
    let source: String

    init?(_ source: String, _ mistakes: inout [String]) {
        do {
            regex = try Regex(source).matchingSemantics(.unicodeScalar)
            self.source = source
        } catch {
            mistakes.append("pattern \(source): \(error)")
            return nil
        }
    }

    func matches(_ text: String) -> Bool { text.firstMatch(of: regex) != nil }
}
