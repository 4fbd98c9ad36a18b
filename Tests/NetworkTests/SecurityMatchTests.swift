import Core
import Testing

@testable import Network

struct SecurityMatchTests {
    private func match(_ values: [String: JSONValue]) -> String {
        var rule = Record(["direction": "ingress", "ethertype": "IPv4"])
        for (name, value) in values { rule[name] = value }
        return OVNSecurityRows.match(rule, "pg_g")
    }

    @Test func `Rules are written in OVN's match language`() {
        #expect(match([:]) == "outport == @pg_g && ip4")
        #expect(
            match(["protocol": "tcp", "port_range_min": 22, "port_range_max": 22])
                == "outport == @pg_g && ip4 && tcp && tcp.dst == 22")
        #expect(
            match([
                "direction": "egress", "ethertype": "IPv6", "protocol": "17", "port_range_min": 1, "port_range_max": 9,
            ])
                == "inport == @pg_g && ip6 && udp && udp.dst >= 1 && udp.dst <= 9")
        #expect(
            match(["protocol": "icmp", "port_range_min": 8, "remote_ip_prefix": "10.0.0.1/8"])
                == "outport == @pg_g && ip4 && ip4.src == 10.0.0.0/8 && icmp4 && icmp4.type == 8")
        #expect(
            match(["remote_group_id": "a-b"]) == "outport == @pg_g && ip4 && ip4.src == $pg_a_b_ip4")
        #expect(
            match(["protocol": "vrrp", "remote_ip_prefix": "0.0.0.0/0"]) == "outport == @pg_g && ip4 && ip.proto == 112"
        )
    }

    @Test func `Rules that let the same through have one fingerprint`() {
        let one = Record([
            "direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "remote_ip_prefix": "0.0.0.0/0",
        ])
        let other = Record(["direction": "ingress", "ethertype": "IPv4", "protocol": "6"])
        #expect(SecurityRuleCheck.fingerprint(one) == SecurityRuleCheck.fingerprint(other))
    }
}
