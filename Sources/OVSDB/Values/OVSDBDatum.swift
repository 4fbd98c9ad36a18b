public import Core

/// The value of a column: a set of atoms (a scalar is a set of one) or a map.
///
/// The protocol writes a set of one as the bare atom, so both read the same here and compare equal.
public enum OVSDBDatum: Sendable, Hashable {
    case set(Set<OVSDBAtom>)
    case map([OVSDBAtom: OVSDBAtom])

    public static let empty = OVSDBDatum.set([])
    public static func atom(_ atom: OVSDBAtom) -> OVSDBDatum { .set([atom]) }
    public static func string(_ value: String) -> OVSDBDatum { .set([.string(value)]) }
    public static func integer(_ value: Int) -> OVSDBDatum { .set([.integer(Int64(value))]) }
    public static func boolean(_ value: Bool) -> OVSDBDatum { .set([.boolean(value)]) }
    public static func strings(_ values: some Sequence<String>) -> OVSDBDatum { .set(Set(values.map { .string($0) })) }
    public static func optional(_ value: String?) -> OVSDBDatum { value.map { .string($0) } ?? .empty }
    public static func uuids(_ values: some Sequence<String>) -> OVSDBDatum { .set(Set(values.map { .uuid($0) })) }
    public static func stringMap(_ values: [String: String]) -> OVSDBDatum {
        .map(Dictionary(values.map { (.string($0.key), .string($0.value)) }, uniquingKeysWith: { $1 }))
    }

    public var atoms: Set<OVSDBAtom> { if case .set(let atoms) = self { atoms } else { [] } }
    public var scalar: OVSDBAtom? { atoms.count == 1 ? atoms.first : nil }
    public var strings: Set<String> { Set(atoms.compactMap(\.string)) }
    public var uuids: Set<String> { Set(atoms.compactMap(\.uuid)) }

    /// A map of strings; anything else is an empty one, as an empty map is written like an empty set by some servers.
    public var stringMap: [String: String] {
        guard case .map(let pairs) = self else { return [:] }
        var result: [String: String] = [:]
        for (key, value) in pairs { if let key = key.string, let value = value.string { result[key] = value } }
        return result
    }

    public init(json: JSONValue) throws(OVSDBError) {
        guard case .array(let pair) = json, pair.count == 2, case .array(let items) = pair[1] else {
            self = .set([try OVSDBAtom(json: json)])
            return
        }
        switch pair[0].string {
        case "set":
            var atoms: Set<OVSDBAtom> = []
            for item in items { atoms.insert(try OVSDBAtom(json: item)) }
            self = .set(atoms)
        case "map":
            var pairs: [OVSDBAtom: OVSDBAtom] = [:]
            for item in items {
                guard case .array(let entry) = item, entry.count == 2 else {
                    throw .malformed("a map's entry is no pair")
                }
                pairs[try OVSDBAtom(json: entry[0])] = try OVSDBAtom(json: entry[1])
            }
            self = .map(pairs)
        default: throw .malformed("unknown value \(pair[0])")
        }
    }

    public var json: JSONValue {
        switch self {
        case .set(let atoms):
            if let only = atoms.first, atoms.count == 1 { return only.json }
            return .array([.string("set"), .array(atoms.map(\.json))])
        case .map(let pairs):
            return .array([.string("map"), .array(pairs.map { .array([$0.key.json, $0.value.json]) })])
        }
    }
}

extension OVSDBDatum {
    /// Applies a column of an `update2` "modify" (ovsdb-server(7) §4.1.15): scalars and optional values are
    /// replaced; for sets and maps the change is what differs.
    func applying(_ difference: OVSDBDatum, type: OVSDBColumnType) -> OVSDBDatum {
        guard type.isComposite else { return difference }
        if type.isMap {
            var result: [OVSDBAtom: OVSDBAtom] = [:]
            if case .map(let pairs) = self { result = pairs }
            guard case .map(let changes) = difference else { return .map(result) }
            for (key, value) in changes {
                if result[key] == value { result[key] = nil } else { result[key] = value }
            }
            return .map(result)
        }
        return .set(atoms.symmetricDifference(difference.atoms))
    }
}
