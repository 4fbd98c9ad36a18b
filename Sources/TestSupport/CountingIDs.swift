public import Core
import FoundationEssentials
import Synchronization

extension IDGenerator {
    /// UUIDs that count up, so that rows sorted by id come in the order in which they were made, in every run.
    public static func counting() -> IDGenerator {
        let count = Counter()
        return IDGenerator {
            let number = count.next()
            let bytes = (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
            return UUID(
                uuid: (
                    0xAA, 0, 0, 0, 0, 0, 0x40, 0, bytes[0] | 0x80, bytes[1], bytes[2], bytes[3], bytes[4], bytes[5],
                    bytes[6], bytes[7]
                ))
        }
    }
}

private final class Counter: Sendable {
    private let value = Atomic<UInt64>(0)

    func next() -> UInt64 { value.wrappingAdd(1, ordering: .relaxed).newValue }
}
