package import Core

/// The checks that attributes share, with Neutron's reasons.
package enum Check {
    package static func text(max: Int) -> AttributeCheck {
        { value in
            guard let text = value.string else { throw InvalidValue("'\(value.pythonText)' is not a valid string") }
            guard text.unicodeScalars.count <= max else {
                throw InvalidValue("'\(text)' exceeds maximum length of \(max)")
            }
            return value
        }
    }

    /// Text that is not blank.
    package static func name(max: Int) -> AttributeCheck {
        { value in
            let checked = try text(max: max)(value)
            guard checked.string?.contains(where: { $0 != " " }) == true else {
                throw InvalidValue("'\(value.pythonText)' Blank strings are not permitted")
            }
            return checked
        }
    }

    package static func orNull(_ check: @escaping AttributeCheck) -> AttributeCheck {
        { $0.isNull ? $0 : try check($0) }
    }

    package static let flag: AttributeCheck = { value in
        switch value {
        case .bool: return value
        case .integer(0), .string("0"), .string("f"), .string("false"), .string("False"), .string("no"): return false
        case .integer(1), .string("1"), .string("t"), .string("true"), .string("True"), .string("yes"): return true
        default: throw InvalidValue("'\(value.pythonText)' cannot be converted to boolean")
        }
    }

    package static func integer(_ range: ClosedRange<Int>) -> AttributeCheck {
        { value in
            guard let number = value.int ?? value.string.flatMap({ Int($0) }) else {
                throw InvalidValue("'\(value.pythonText)' is not an integer")
            }
            guard range.contains(number) else {
                throw InvalidValue("'\(number)' is not in the range \(range.lowerBound) to \(range.upperBound)")
            }
            return .integer(Int64(number))
        }
    }

    package static func values(_ allowed: [JSONValue]) -> AttributeCheck {
        { value in
            guard allowed.contains(value) else {
                let list = allowed.map { $0.string.map { "'\($0)'" } ?? $0.pythonText }.joined(separator: ", ")
                throw InvalidValue("'\(value.pythonText)' is not in [\(list)]")
            }
            return value
        }
    }

    package static let uuid: AttributeCheck = { value in
        guard let text = value.string, isUUIDLike(text) else {
            throw InvalidValue("'\(value.pythonText)' is not a valid UUID")
        }
        return value
    }

    package static let uuidOrNull = orNull(uuid)

    package static let uuids: AttributeCheck = { value in
        if value.isNull { return [] }
        guard let items = value.array else { throw InvalidValue("'\(value.pythonText)' is not a list") }
        for item in items { _ = try uuid(item) }
        guard Set(items).count == items.count else {
            throw InvalidValue("Duplicate items in the list: '\(value.pythonText)'")
        }
        return value
    }

    package static let address: AttributeCheck = { value in
        guard let address = value.string.flatMap({ IPAddress($0) }) else {
            throw InvalidValue("'\(value.pythonText)' is not a valid IP address")
        }
        return .string(address.description)
    }

    package static let cidr: AttributeCheck = { value in
        guard let text = value.string, text.contains("/"), let network = IPNetwork(text) else {
            throw InvalidValue("'\(value.pythonText)' is not a valid IP subnet")
        }
        return .string(network.description)
    }

    package static let mac: AttributeCheck = { value in
        guard let mac = value.string.flatMap({ MACAddress($0) }) else {
            throw InvalidValue("'\(value.pythonText)' is not a valid MAC address")
        }
        guard mac.bytes[0] & 1 == 0, mac.bytes.contains(where: { $0 != 0 }) else {
            throw InvalidValue("'\(value.pythonText)' is not an address that a port can have")
        }
        return .string(mac.description)
    }

    package static let tags: AttributeCheck = { value in
        guard let items = value.array else { throw InvalidValue("'\(value.pythonText)' is not a list") }
        guard items.count <= 50 else { throw InvalidValue("The number of tags exceed the per-resource limit of 50") }
        for item in items {
            guard let tag = item.string, tag.unicodeScalars.count <= 255 else {
                throw InvalidValue("'\(item.pythonText)' exceeds maximum length of 255")
            }
        }
        return value
    }

    /// A list of objects, each member checked by its own check; members not named are refused.
    package static func objects(
        max: Int, required: Set<String> = [], _ members: [String: AttributeCheck]
    ) -> AttributeCheck {
        { value in
            if value.isNull { return [] }
            guard let items = value.array else { throw InvalidValue("'\(value.pythonText)' is not a list") }
            guard items.count <= max else { throw InvalidValue("Exceeded maximum amount of \(max) items") }
            return .array(try items.map { try object(required: required, members)($0) })
        }
    }

    package static func object(required: Set<String> = [], _ members: [String: AttributeCheck]) -> AttributeCheck {
        { value in
            guard let given = value.object else { throw InvalidValue("'\(value.pythonText)' is not a dictionary") }
            for name in required.sorted() where given[name] == nil {
                throw InvalidValue("Invalid input. '\(name)' is required in '\(value.pythonText)'")
            }
            var result: [String: JSONValue] = [:]
            for (name, item) in given {
                guard let check = members[name] else {
                    throw InvalidValue("Invalid input. '\(name)' is not expected in '\(value.pythonText)'")
                }
                result[name] = try check(item)
            }
            return .object(result)
        }
    }

    package static let routes = objects(
        max: 30, required: ["destination", "nexthop"], ["destination": cidr, "nexthop": address])

    package static let pools = objects(max: 100, required: ["start", "end"], ["start": address, "end": address])

    package static let fixedIPs = objects(max: 100, ["subnet_id": uuid, "ip_address": address])

    package static let nameservers: AttributeCheck = { value in
        if value.isNull { return [] }
        guard let items = value.array else {
            throw InvalidValue("Invalid data format for nameserver: '\(value.pythonText)'")
        }
        let checked = try items.map(address)
        guard Set(checked).count == checked.count else {
            throw InvalidValue("Duplicate nameserver in \(value.pythonText)")
        }
        guard checked.count <= 5 else { throw InvalidValue("more than 5 nameservers") }
        return .array(checked)
    }
}

extension JSONValue {
    /// The value as Python prints it inside a message.
    package var pythonText: String {
        switch self {
        case .null: "None"
        case .bool(let value): value ? "True" : "False"
        case .string(let value): value
        case .array(let items): "[" + items.map(\.quotedText).joined(separator: ", ") + "]"
        case .object(let members):
            "{"
                + members.sorted { $0.key < $1.key }.map { "'\($0.key)': \($0.value.quotedText)" }.joined(
                    separator: ", ")
                + "}"
        default: jsonText
        }
    }

    private var quotedText: String { if case .string(let value) = self { "'\(value)'" } else { pythonText } }
}
