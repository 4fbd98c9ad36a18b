import Glibc
import Testing

@testable import Core

struct LineOutputTests {
    private struct Pipe {
        let reader: Int32
        let writer: Int32

        init() throws {
            var ends: [Int32] = [0, 0]
            try #require(pipe(&ends) == 0)
            reader = ends[0]
            writer = ends[1]
        }

        /// Waits for as many bytes.
        func read(_ count: Int) throws -> String {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: count)
            while bytes.count < count {
                let got = Glibc.read(reader, &buffer, count - bytes.count)
                try #require(got > 0)
                bytes += buffer.prefix(got)
            }
            return String(decoding: bytes, as: UTF8.self)
        }

        var waiting: Int32 {
            var state = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
            return poll(&state, 1, 0)
        }

        func close() {
            Glibc.close(reader)
            Glibc.close(writer)
        }
    }

    @Test func withoutAThreadEachLineIsWrittenAtOnce() throws {
        let pipe = try Pipe()
        defer { pipe.close() }
        LineOutput(descriptor: pipe.writer).append(Array("a\n".utf8), isUrgent: false)
        #expect(pipe.waiting == 1)
        #expect(try pipe.read(2) == "a\n")
    }

    @Test func linesAreGatheredAndWrittenInOrder() throws {
        let pipe = try Pipe()
        let output = LineOutput(descriptor: pipe.writer)
        try output.start()
        for number in 0..<10 { output.append(Array("\(number)\n".utf8), isUrgent: false) }
        #expect(try pipe.read(20) == "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n")
    }

    @Test func anUrgentLineIsWrittenBeforeTheCallReturnsAndSoAreThoseBeforeIt() throws {
        let pipe = try Pipe()
        let output = LineOutput(descriptor: pipe.writer)
        try output.start()
        output.append(Array("a\n".utf8), isUrgent: false)
        output.append(Array("b\n".utf8), isUrgent: true)
        #expect(pipe.waiting == 1)
        #expect(try pipe.read(4) == "a\nb\n")
    }

    @Test func whoFillsTheBufferWritesIt() async throws {
        let pipe = try Pipe()
        let output = LineOutput(descriptor: pipe.writer)
        try output.start()
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: LineOutput.limit / 4)
        let read = Task.detached { try pipe.read(line.count * 8).utf8.count }
        for _ in 0..<8 { output.append(line, isUrgent: false) }
        output.flush()
        #expect(try await read.value == line.count * 8)
    }
}
