import Core
import WebAPI

extension CaseDraft {
    /// What goes wrong below the operations: framing, headers, connections.
    mutating func spoilWire() {
        if let bytes { request.body = bytes } else if let body { request.body = BodyText.write(body) }
        request.target = mutations.contains("target") ? request.target : target
        var copy = request
        copy.framing = .none
        let length = copy.body.count
        let names = [
            "two lengths", "length and chunks", "bad chunk", "negative length", "huge length", "huge header",
            "many headers",
            "no host", "HTTP/9.9", "HTTP/1.0", "NUL in header", "folded header", "space before colon", "bare LF",
            "garbage",
            "TLS hello", "half a head", "half a body", "early close", "pipelined", "pieces", "long line",
            "chunk extension",
            "Transfer-Encoding: gzip", "HTTP/2 preface", "empty line first",
        ]
        let kind = Int.random(in: 0..<names.count, using: &generator)
        expectation = .refused
        switch kind {
        case 0: copy.headers += [("Content-Length", "\(length)"), ("Content-Length", "\(length + 1)")]
        case 1:
            copy.headers += [("Content-Length", "\(length + 5)"), ("Transfer-Encoding", "chunked")]
            copy.body = Array("0\r\n\r\n".utf8)
            expectation = .survives
        case 2:
            copy.headers.append(("Transfer-Encoding", "chunked"))
            copy.body = Array(
                generator.oneOf("zz\r\nx\r\n", "ffffffffffffffff\r\n", "-1\r\n\r\n", "5\r\nab\r\n0\r\n\r\n").utf8)
            expectation = .survives
        case 3: copy.headers.append(("Content-Length", "-5"))
        case 4: copy.headers.append(("Content-Length", "99999999999999999999"))
        case 5: copy.headers.append(("X-Huge", String(repeating: "h", count: 100_000)))
        case 6: copy.headers += (0..<2000).map { (name: "X-\($0)", value: "v") }
        case 7:
            copy.set("Host", nil)
            copy.framing = .length
            expectation = .survives
        case 10: copy.headers.append(("X-Nul", "a\u{0}b"))
        case 11:
            copy.headers.append(("X-Fold", "a\r\n b"))
            expectation = .survives
        case 12: copy.headers.append(("X-Space ", "a"))
        case 13:
            wire = [
                .send(Array(String(decoding: copy.bytes, as: UTF8.self).replacing("\r\n", with: "\n").utf8)),
                .closeWrite,
            ]
            expectation = .survives
        case 14: wire = [.send((0..<300).map { _ in UInt8.random(in: 0...255, using: &generator) }), .closeWrite]
        case 15: wire = [.send([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]), .closeWrite]
        case 16: wire = [.send(Array(copy.head.prefix(copy.head.count / 2))), .closeWrite]
        case 17:
            copy.headers.append(("Content-Length", "\(length + 100)"))
            wire = [.send(copy.bytes), .closeWrite]
            expectation =
                request.method == "GET" || request.method == "DELETE" || request.method == "HEAD"
                ? .survives : .refused
            if !operation.rawBody && body == nil { expectation = .survives }
        case 18:
            copy.framing = .length
            wire = [.send(copy.bytes)]
            responses = 0
            expectation = .survives
        case 19:
            copy.framing = .length
            wire = [.send(copy.bytes + copy.bytes + copy.bytes)]
            responses = 3
            expectation = .answered
        case 20:
            copy.framing = .length
            let all = copy.bytes
            let third = max(1, all.count / 3)
            wire = [
                .send(Array(all.prefix(third))), .pause(.milliseconds(20)),
                .send(Array(all.dropFirst(third).prefix(third))),
                .pause(.milliseconds(20)), .send(Array(all.dropFirst(2 * third))),
            ]
            expectation = .answered
        case 21: copy.target += "?" + String(repeating: "q", count: 80_000)
        case 22:
            copy.headers.append(("Transfer-Encoding", "chunked"))
            copy.body = Array(("2;" + String(repeating: "e", count: 50_000) + "\r\n{}\r\n0\r\n\r\n").utf8)
            expectation = .survives
        case 23:
            copy.headers.append(("Transfer-Encoding", "gzip"))
            expectation = .survives
        case 24: wire = [.send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)), .closeWrite]
        case 25:
            copy.framing = .length
            wire = [.send(Array("\r\n\r\n".utf8) + copy.bytes)]
            expectation = .survives
        default:
            let line = kind == 8 ? "HTTP/9.9" : "HTTP/1.0"
            copy.framing = .length
            wire = [
                .send(
                    Array(
                        String(decoding: copy.bytes, as: UTF8.self).replacing("HTTP/1.1\r\n", with: "\(line)\r\n").utf8)
                ), .closeWrite,
            ]
            expectation = .survives
        }
        wire = wire ?? [.send(copy.bytes), .closeWrite]
        mutations.append("wire: \(names[kind])")
    }
}
