import Core

/// A response as it came.
struct WireResponse: Sendable {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: [UInt8] = []

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON; nil when it is none.
    var json: JSONValue? {
        do { return try JSONValue.parse(body) } catch { return nil }
    }
}

/// Reads responses from bytes as they arrive.
struct ResponseReader {
    private var bytes: [UInt8] = []
    private var current: WireResponse?
    /// Bytes of body still to come; nil: chunks, or until the end.
    private var left: Int?
    private var isChunked = false
    /// Whether the request was a HEAD, whose answers have no body.
    let isHead: Bool

    init(isHead: Bool) { self.isHead = isHead }

    mutating func feed(_ new: some Sequence<UInt8>) { bytes += new }

    /// Whatever has not been made a response yet.
    var rest: [UInt8] { bytes }

    /// The next whole response, interim ones (1xx) left out.
    mutating func next(atEnd: Bool) -> WireResponse? {
        while current == nil {
            guard let head = takeHead() else { return nil }
            if head.status < 200 { continue }
            isChunked = head.header("Transfer-Encoding")?.lowercased() == "chunked"
            left = head.header("Content-Length").flatMap { Int($0) }
            if isHead || head.status == 204 || head.status == 304 {
                left = 0
                isChunked = false
            }
            current = head
        }
        guard let body = isChunked ? takeChunks() : takeBody(atEnd) else { return nil }
        var response = current
        current = nil
        response?.body = body
        return response
    }

    private mutating func takeBody(_ atEnd: Bool) -> [UInt8]? {
        guard let left else {
            guard atEnd else { return nil }
            defer { bytes = [] }
            return bytes
        }
        guard bytes.count >= left else { return nil }
        defer { bytes.removeFirst(left) }
        return Array(bytes.prefix(left))
    }

    private mutating func takeChunks() -> [UInt8]? {
        var body: [UInt8] = []
        var position = 0
        while let end = Self.lineEnd(bytes, position) {
            let line = String(decoding: bytes[position..<end], as: UTF8.self)
            guard let size = Int(line.prefix { $0 != ";" }, radix: 16), end + 2 + size + 2 <= bytes.count else {
                return nil
            }
            if size == 0 {
                bytes.removeFirst(end + 4)
                return body
            }
            body += bytes[(end + 2)..<(end + 2 + size)]
            position = end + 2 + size + 2
        }
        return nil
    }

    private mutating func takeHead() -> WireResponse? {
        var end = 0
        while end + 3 < bytes.count, bytes[end...(end + 3)] != [13, 10, 13, 10] { end += 1 }
        guard end + 3 < bytes.count else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        bytes.removeFirst(end + 4)
        let words = lines.first?.split(separator: " ", maxSplits: 2) ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else { return nil }
        let headers = lines.dropFirst().map { line in
            let halves = line.split(separator: ":", maxSplits: 1)
            return (name: String(halves.first ?? ""), value: halves.count > 1 ? halves[1].trimmed : "")
        }
        return WireResponse(status: status, headers: headers)
    }

    private static func lineEnd(_ bytes: [UInt8], _ start: Int) -> Int? {
        var index = start
        while index + 1 < bytes.count {
            if bytes[index] == 13, bytes[index + 1] == 10 { return index }
            index += 1
        }
        return nil
    }
}

extension StringProtocol {
    /// Without the spaces around it.
    var trimmed: String {
        let start = drop { $0 == " " || $0 == "\t" }
        return String(start.reversed().drop { $0 == " " || $0 == "\t" || $0 == "\r" }.reversed())
    }
}
