import Core

/// The bytes of a JSON document while it is written, and the containers that are not closed yet.
final class BodyWriter {
    enum Kind {
        case object
        case array
    }

    /// A container: how deep it lies, and its number, since another may have come to lie there.
    struct Place {
        let depth: Int
        let number: Int

        static let nowhere = Place(depth: 1, number: -1)
    }

    struct Container {
        let kind: Kind
        let number: Int
        var isEmpty = true
    }

    private struct State {
        var bytes: [UInt8] = []
        var open: [Container] = []
        var last = 0
    }

    /// In memory of its own: what a class keeps in an array is checked for overlapping use at every look.
    private let state: UnsafeMutablePointer<State>

    init() {
        state = .allocate(capacity: 1)
        state.initialize(to: State())
        state.pointee.bytes.reserveCapacity(1024)
        state.pointee.open.reserveCapacity(8)
    }

    deinit {
        state.deinitialize(count: 1)
        state.deallocate()
    }

    var bytes: [UInt8] { state.pointee.bytes }
    /// How many containers are not closed yet.
    var depth: Int { state.pointee.open.count }

    // MARK: Structure

    /// Writes a value of any type and closes what it opened.
    func write(_ value: some Encodable) throws {
        let depth = self.depth
        let start = state.pointee.bytes.count
        try value.encode(to: BodyEncoder(self))
        // A type without members may not even ask for a container.
        if state.pointee.bytes.count == start { literal("{}") }
        close(to: depth)
    }

    /// The container of a value that began when `depth` were open; the same one when it asks again.
    func container(_ kind: Kind, at depth: Int) -> Place {
        if self.depth > depth, state.pointee.open[depth].kind == kind {
            return Place(depth: depth + 1, number: state.pointee.open[depth].number)
        }
        return begin(kind)
    }

    /// A container within another, of which `key` is the member's name; nil in an array.
    func nested(_ kind: Kind, _ place: Place, _ key: (any CodingKey)?) -> Place {
        do {
            if let key { try member(place, key) } else { try element(place) }
        } catch {
            return .nowhere
        }
        return begin(kind)
    }

    func member(_ place: Place, _ key: some CodingKey) throws {
        try element(place)
        quote(key.stringValue)
        state.pointee.bytes.append(UInt8(ascii: ":"))
    }

    func member(_ place: Place, _ name: StaticString) throws {
        try element(place)
        state.pointee.bytes.append(UInt8(ascii: "\""))
        literal(name)
        state.pointee.bytes.append(UInt8(ascii: "\""))
        state.pointee.bytes.append(UInt8(ascii: ":"))
    }

    func element(_ place: Place) throws {
        guard place.depth <= depth, state.pointee.open[place.depth - 1].number == place.number else {
            throw EncodingError.invalidValue(
                place, .init(codingPath: [], debugDescription: "a container was written to after it was closed"))
        }
        close(to: place.depth)
        if state.pointee.open[place.depth - 1].isEmpty {
            state.pointee.open[place.depth - 1].isEmpty = false
        } else {
            state.pointee.bytes.append(UInt8(ascii: ","))
        }
    }

    private func begin(_ kind: Kind) -> Place {
        state.pointee.bytes.append(kind == .object ? UInt8(ascii: "{") : UInt8(ascii: "["))
        state.pointee.last += 1
        state.pointee.open.append(Container(kind: kind, number: state.pointee.last))
        return Place(depth: depth, number: state.pointee.last)
    }

    func close(to depth: Int) {
        while self.depth > depth {
            state.pointee.bytes.append(
                state.pointee.open.removeLast().kind == .object ? UInt8(ascii: "}") : UInt8(ascii: "]"))
        }
    }

    // MARK: Values

    func literal(_ text: StaticString) {
        state.pointee.bytes.append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func number(_ value: some FixedWidthInteger) { append(String(value)) }

    func number(_ value: Double) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: [], debugDescription: "JSON has no number for it"))
        }
        append(value.description)
    }

    /// A time in seconds, exact to the microsecond.
    func seconds(_ value: Double) throws {
        guard let microseconds = Int64(exactly: (value * 1e6).rounded()), microseconds >= 0 else {
            return try number(value)
        }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 24) { digits in
            var rest = microseconds
            var first = digits.count
            while rest > 0 || first > digits.count - 8 {
                first -= 1
                if first == digits.count - 7 {
                    digits[first] = UInt8(ascii: ".")
                } else {
                    digits[first] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
            }
            state.pointee.bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[first...]))
        }
    }

    func quote(_ text: String) { JSONText.append(text, to: &state.pointee.bytes) }

    private func append(_ text: String) { state.pointee.bytes.append(contentsOf: text.utf8) }
}
