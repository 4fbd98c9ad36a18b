import Core
import Testing

struct PlainTextTests {
    @Test(arguments: 0...40)
    func everyByteAtEveryPlaceIsJudgedAsByItself(length: Int) {
        for place in 0..<max(1, length) {
            for byte in UInt8.min...UInt8.max where length > 0 {
                var bytes = [UInt8](repeating: 0x61, count: length)
                bytes[place] = byte
                let isPlain = byte >= 0x20 && byte != 0x22 && byte != 0x5C && byte != 0x7F
                let end = bytes.withUnsafeBufferPointer { PlainText.end(in: $0, from: 0) }
                #expect(end == (isPlain ? length : place))
            }
        }
        let none = [UInt8](repeating: 0xE9, count: length)
        #expect(none.withUnsafeBufferPointer { PlainText.end(in: $0, from: 0) } == length)
    }
}
