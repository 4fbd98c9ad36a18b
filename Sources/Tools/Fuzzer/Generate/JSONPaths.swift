import Core

/// Places within a JSON value, and changes at them.
enum JSONPaths {
    enum Step: Hashable, Sendable {
        case member(String)
        case index(Int)
    }

    /// Every place in a value, the root excepted, in a fixed order.
    static func all(_ value: JSONValue, _ prefix: [Step] = []) -> [[Step]] {
        switch value {
        case .array(let items):
            items.enumerated().flatMap { [prefix + [.index($0)]] + all($1, prefix + [.index($0)]) }
        case .object(let members):
            members.sorted { $0.key < $1.key }.flatMap {
                [prefix + [.member($0.key)]] + all($0.value, prefix + [.member($0.key)])
            }
        default: []
        }
    }

    static func get(_ value: JSONValue, _ path: [Step]) -> JSONValue? {
        path.reduce(value as JSONValue?) { value, step in
            switch step {
            case .member(let name): value?[name]
            case .index(let index): value?[index]
            }
        }
    }

    /// The value with another at `path`; nil removes.
    static func set(_ value: JSONValue, _ path: ArraySlice<Step>, _ new: JSONValue?) -> JSONValue {
        guard let first = path.first else { return new ?? .null }
        let rest = path.dropFirst()
        switch (value, first) {
        case (.object(var members), .member(let name)):
            members[name] = rest.isEmpty ? new : members[name].map { set($0, rest, new) }
            return .object(members)
        case (.array(var items), .index(let index)) where items.indices.contains(index):
            if rest.isEmpty {
                if let new { items[index] = new } else { items.remove(at: index) }
            } else {
                items[index] = set(items[index], rest, new)
            }
            return .array(items)
        default: return value
        }
    }

    /// The place as text, for reports: `server.networks.0.uuid`.
    static func text(_ path: [Step]) -> String {
        path.map { step in
            switch step {
            case .member(let name): name
            case .index(let index): String(index)
            }
        }.joined(separator: ".")
    }
}
