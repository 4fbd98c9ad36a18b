/// The values of a document's nodes, as Swift's types.
extension BodyDocument {
    func truth(_ node: Int) throws -> Bool {
        switch nodes[node].kind {
        case .yes: return true
        case .no: return false
        default: throw mismatch(Bool.self, node)
        }
    }

    func string(_ node: Int) throws -> String {
        guard nodes[node].kind == .text || nodes[node].kind == .escapedText else { throw mismatch(String.self, node) }
        return try text(node)
    }

    func strings(_ node: Int) throws -> [String] {
        guard nodes[node].kind == .array else { throw mismatch([String].self, node) }
        var strings: [String] = []
        var next = node + 1
        while next < Int(nodes[node].next) {
            strings.append(try string(next))
            next = Int(nodes[next].next)
        }
        return strings
    }

    func double(_ node: Int) throws -> Double {
        guard nodes[node].kind == .number else { throw mismatch(Double.self, node) }
        if let value = DecimalFraction.value(digits(node)) { return value }
        guard let value = Double(String(decoding: digits(node), as: UTF8.self)), value.isFinite else {
            throw corrupted(node)
        }
        return value
    }

    /// Also an integer that is written as another kind of number would be, such as `1e3`.
    func integer<Integer: FixedWidthInteger>(_ node: Int) throws -> Integer {
        guard nodes[node].kind == .number else { throw mismatch(Integer.self, node) }
        if let value = Integer(String(decoding: digits(node), as: UTF8.self)) { return value }
        guard let value = Integer(exactly: try double(node)) else { throw corrupted(node) }
        return value
    }

    func mismatch(_ type: Any.Type, _ node: Int) -> DecodingError {
        .typeMismatch(
            type, .init(codingPath: [], debugDescription: "\(nodes[node].kind) at byte \(nodes[node].start)"))
    }

    private func corrupted(_ node: Int) -> DecodingError {
        .dataCorrupted(
            .init(codingPath: [], debugDescription: "a number out of range at byte \(nodes[node].start)"))
    }
}
