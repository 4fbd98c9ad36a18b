import Core
import Testing

@testable import OVSDB

struct MessageSplitterTests {
    @Test func `Messages are cut wherever the stream is cut`() throws {
        let text = #"{"a":"}\"{","b":[{}]}{"c":1} {"d":"\\"}"#
        for size in 1...7 {
            var splitter = MessageSplitter(limit: 100)
            var messages: [String] = []
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                let part = bytes[start..<min(start + size, bytes.count)]
                messages += try splitter.append(part).map { String(decoding: $0, as: UTF8.self) }
            }
            #expect(messages == [#"{"a":"}\"{","b":[{}]}"#, #"{"c":1}"#, #"{"d":"\\"}"#])
        }
    }

    @Test func `A message beyond the limit, or that is none, is refused`() {
        var small = MessageSplitter(limit: 4)
        #expect(throws: OVSDBError.self) { try small.append(Array(#"{"a":1}"#.utf8)) }
        var other = MessageSplitter(limit: 100)
        #expect(throws: OVSDBError.self) { try other.append(Array("HTTP/1.1".utf8)) }
    }

    @Test func `Remotes are read in Open vSwitch's notation`() throws {
        #expect(
            try OVSDBRemote.list("unix:/run/a.sock,tcp:[::1]:6641") == [
                .unix("/run/a.sock"), .tcp(host: "::1", port: 6641),
            ])
        #expect(throws: OVSDBError.self) { try OVSDBRemote("pssl:127.0.0.1:6641") }
        #expect(throws: OVSDBError.self) { try OVSDBRemote("tcp:host:0") }
    }
}
