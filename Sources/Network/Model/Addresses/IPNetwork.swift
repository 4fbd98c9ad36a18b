/// An address block, `10.0.0.0/24`. Host bits are cleared.
package struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
    package let base: IPAddress
    package let prefixLength: Int

    package init(_ address: IPAddress, prefixLength: Int) {
        let shift = UInt128(address.version.bits - prefixLength)
        let value = prefixLength == 0 ? 0 : (address.value >> shift) << shift
        base = IPAddress(address.version, value)
        self.prefixLength = prefixLength
    }

    /// Reads `ADDRESS/LENGTH`; without a length the block is the one address.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)), parts.count <= 2 else { return nil }
        var length = address.version.bits
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let given = Int(parts[1]),
                given <= address.version.bits
            else { return nil }
            length = given
        }
        self.init(address, prefixLength: length)
    }

    package var version: IPAddress.Version { base.version }
    package var hostBits: Int { version.bits - prefixLength }
    package var last: IPAddress {
        IPAddress(version, hostBits == 128 ? UInt128.max : base.value | ((UInt128(1) << UInt128(hostBits)) - 1))
    }
    package var range: IPRange { IPRange(first: base, last: last) }
    package var description: String { "\(base)/\(prefixLength)" }

    /// The dotted netmask of an IPv4 block.
    package var netmask: String {
        let ones: UInt128 = 0xFFFF_FFFF
        return IPAddress(.v4, prefixLength == 0 ? 0 : (ones << UInt128(hostBits)) & ones).description
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.version == version && base <= address && address <= last
    }

    package func contains(_ other: IPNetwork) -> Bool {
        other.version == version && other.prefixLength >= prefixLength && contains(other.base)
    }

    package func overlaps(_ other: IPNetwork) -> Bool { contains(other) || other.contains(self) }

    /// The addresses that hosts may have: without network and broadcast address where IPv4 has them, and without
    /// the subnet-router anycast address of IPv6.
    package var hosts: IPRange {
        if version == .v4 {
            return hostBits >= 2 ? IPRange(first: base.advanced(by: 1), last: last.advanced(by: -1)) : range
        }
        return hostBits >= 1 ? IPRange(first: base.advanced(by: 1), last: last) : range
    }

    /// The address that SLAAC gives an interface (RFC 4291 appendix A).
    package func eui64(_ mac: MACAddress) -> IPAddress {
        let bytes = mac.bytes
        let identifier = [bytes[0] ^ 2, bytes[1], bytes[2], 0xFF, 0xFE, bytes[3], bytes[4], bytes[5]]
        return IPAddress(.v6, base.value | identifier.reduce(UInt128(0)) { $0 << 8 | UInt128($1) })
    }
}

/// Addresses from the first to the last, both included.
package struct IPRange: Hashable, Sendable, CustomStringConvertible {
    package let first: IPAddress
    package let last: IPAddress

    package init(first: IPAddress, last: IPAddress) {
        self.first = first
        self.last = last
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.version == first.version && first <= address && address <= last
    }

    package func overlaps(_ other: IPRange) -> Bool {
        first.version == other.first.version && first <= other.last && other.first <= last
    }

    /// How many addresses there are, as far as an `Int` holds it.
    package var count: Int {
        let size = last.value - first.value
        return size >= UInt128(Int.max - 1) ? Int.max : Int(size) + 1
    }

    package func removing(_ address: IPAddress) -> [IPRange] {
        guard contains(address) else { return [self] }
        var rest: [IPRange] = []
        if first < address { rest.append(IPRange(first: first, last: address.advanced(by: -1))) }
        if address < last { rest.append(IPRange(first: address.advanced(by: 1), last: last)) }
        return rest
    }

    package var description: String { "\(first)-\(last)" }
}
