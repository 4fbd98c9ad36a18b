import Glibc

/// Whether texts are addresses, by libc's own reading of them.
public enum AddressText {
    public static func isIPv4(_ text: String) -> Bool {
        var address = in_addr()
        return inet_pton(AF_INET, text, &address) == 1
    }

    public static func isIPv6(_ text: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, text, &address) == 1
    }

    /// An address, `/`, a prefix length.
    public static func isCIDR(_ text: String) -> Bool {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let length = Int(halves[1]), length >= 0, halves[1].utf8.count <= 3 else {
            return false
        }
        let address = String(halves[0])
        return (isIPv4(address) && length <= 32) || (isIPv6(address) && length <= 128)
    }

    public static func isMAC(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 6
            && parts.allSatisfy {
                $0.utf8.count == 2 && UInt8($0, radix: 16) != nil && $0.first != "+" && $0.first != "-"
            }
    }
}
