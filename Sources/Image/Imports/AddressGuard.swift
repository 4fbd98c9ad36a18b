import Core
import Glibc
import WebAPI

/// Decides which addresses may be connected to on a user's behalf: public ones, and the networks that
/// the operator names.
struct AddressGuard: Sendable {
    private let allowed: [Network]
    private let pool = BlockingPool(name: "image-resolve", threads: 4, maxQueue: 256)

    /// A network as the bytes of its address and the length of its prefix.
    private struct Network: Sendable {
        let bytes: [UInt8]
        let length: Int

        init?(_ text: String) {
            guard AddressText.isCIDR(text) else { return nil }
            let halves = text.split(separator: "/").map(String.init)
            guard let bytes = AddressGuard.bytes(halves[0]), let length = Int(halves[1]) else { return nil }
            self.bytes = bytes
            self.length = length
        }

        func contains(_ address: [UInt8]) -> Bool {
            guard address.count == bytes.count else { return false }
            return (0..<length).allSatisfy { bit in
                let mask = UInt8(0x80) >> UInt8(bit % 8)
                return address[bit / 8] & mask == bytes[bit / 8] & mask
            }
        }
    }

    private static let refused: [Network] = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        "::/128", "::1/128", "64:ff9b::/96", "100::/64", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10",
        "ff00::/8",
    ].compactMap { Network($0) }

    init(allowed: [String]) throws {
        self.allowed = try allowed.map { text in
            guard let network = Network(text) else {
                throw ConfigurationError("[image] web_download_networks: \(text) is no network")
            }
            return network
        }
    }

    func isAllowed(_ address: [UInt8]) -> Bool {
        var address = address
        // IPv4 inside IPv6 is judged as what it is.
        if address.count == 16, address[0..<10].allSatisfy({ $0 == 0 }), address[10] == 0xFF, address[11] == 0xFF {
            address = Array(address[12...])
        }
        if allowed.contains(where: { $0.contains(address) }) { return true }
        return !Self.refused.contains { $0.contains(address) }
    }

    /// An address of `host` that may be connected to, as text.
    /// - Throws: `.badRequest` when the name has none, or any that may not: an attacker's name could
    ///   list one of each.
    func resolve(_ host: String) async throws -> String {
        let found = try await pool.run { try Self.lookUp(host) }
        guard let first = found.first, found.allSatisfy({ isAllowed($0.bytes) }) else {
            throw ServiceError(
                .badRequest, "The import's URI does not pass filtering.", detail: "addresses \(found.map(\.text))")
        }
        return first.text
    }

    static func bytes(_ text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: &six) { Array($0) } }
        return nil
    }

    static func isPlainIPv4(_ text: String) -> Bool { AddressText.isIPv4(text) }

    private static func lookUp(_ host: String) throws -> [(text: String, bytes: [UInt8])] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else {
            throw ServiceError(
                .badRequest, "The import's host cannot be found.", detail: String(cString: gai_strerror(status)))
        }
        defer { freeaddrinfo(list) }
        var found: [(String, [UInt8])] = []
        var next = list
        while let info = next {
            var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(
                info.pointee.ai_addr, info.pointee.ai_addrlen, &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST)
                == 0
            {
                let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                let plain = String(text.prefix { $0 != "%" })
                if let bytes = bytes(plain), !found.contains(where: { $0.0 == plain }) { found.append((plain, bytes)) }
            }
            next = info.pointee.ai_next
        }
        return found
    }
}
