import Core

extension LDAPEntry {
    func texts(_ attribute: String) -> [String] { (values[attribute.lowercased()] ?? []).compactMap(Self.text) }

    func text(_ attribute: String) -> String? { texts(attribute).first }

    /// Sixteen bytes that are no text are a UUID, as Active Directory's `objectGUID`, its first three parts turned around.
    private static func text(_ bytes: [UInt8]) -> String? {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        guard bytes.count == 16 else { return nil }
        let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
        let digits = Hex.encode(order.map { bytes[$0] })
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.append(digit)
        }
        return text
    }
}
