import Glibc

/// Random words for ids. The kernel gives them 32 at a time: one call for each would be five for every request.
///
/// A word is forgotten when it is handed out, so that none is found in memory later.
final class RandomWords: Sendable {
    static let shared = RandomWords()

    private struct State {
        var words = [UInt64](repeating: 0, count: 32)
        var left = 0

        mutating func next() -> UInt64 {
            if left == 0 { fill() }
            left -= 1
            defer { words[left] = 0 }
            return words[left]
        }

        private mutating func fill() {
            left = words.count
            // 256 bytes is what it gives at a time, and it fails only where the kernel has no such call.
            let status = words.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) }
            guard status != 0 else { return }
            var source = SystemRandomNumberGenerator()
            for index in words.indices { words[index] = source.next() }
        }
    }

    private let state = Locked(State())

    func next() -> UInt64 { state.withLock { $0.next() } }

    func pair() -> (UInt64, UInt64) { state.withLock { ($0.next(), $0.next()) } }
}
