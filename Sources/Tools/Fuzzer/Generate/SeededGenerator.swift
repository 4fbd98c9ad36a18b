/// Numbers that a seed reproduces (SplitMix64).
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A generator of its own for each request, so that one can be made again without those before it.
    init(seed: UInt64, service: ServiceName, index: Int) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in service.rawValue.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        state = seed &* 0x9E37_79B9_7F4A_7C15 ^ hash &+ UInt64(bitPattern: Int64(index)) &* 0xD134_2543_DE82_EF95
        _ = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func pick<Items: RandomAccessCollection>(_ items: Items) -> Items.Element? {
        items.randomElement(using: &self)
    }

    mutating func oneOf<Item>(_ first: Item, _ others: Item...) -> Item {
        ([first] + others).randomElement(using: &self) ?? first
    }

    mutating func hex(_ digits: Int) -> String {
        var text = ""
        for _ in 0..<digits { text += String(Int.random(in: 0..<16, using: &self), radix: 16) }
        return text
    }

    mutating func uuid() -> String { "\(hex(8))-\(hex(4))-4\(hex(3))-a\(hex(3))-\(hex(12))" }
}
