import Testing

@testable import Network

struct AddressTests {
    @Test(
        arguments: [
            ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("::ffff:10.0.0.1", "::ffff:a00:1"),
            ("fe80:0:1:2:3:4:5:6", "fe80:0:1:2:3:4:5:6"), ("10.1.2.3", "10.1.2.3"), ("0.0.0.0", "0.0.0.0"),
        ])
    func `An address is read and written canonically`(_ given: String, _ canonical: String) {
        #expect(IPAddress(given)?.description == canonical)
    }

    @Test(
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.a", ":", ":::", "1::2::3", "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9", "12345::", "g::", "1:2:3:4:5:6:7:8::", "-1.2.3.4", "+1::", "10.0.0.1/24",
        ])
    func `What is no address is refused`(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func `A block knows its ends, its hosts and its neighbours`() throws {
        let block = try #require(IPNetwork("10.0.0.77/26"))
        #expect(block.description == "10.0.0.64/26")
        #expect(
            block.hosts
                == IPRange(first: try #require(IPAddress("10.0.0.65")), last: try #require(IPAddress("10.0.0.126"))))
        #expect(block.netmask == "255.255.255.192")
        #expect(try #require(IPNetwork("10.0.0.0/24")).overlaps(block))
        #expect(try !#require(IPNetwork("10.0.0.0/26")).overlaps(block))
        #expect(IPNetwork("10.0.0.0/33") == nil)
        #expect(try #require(IPNetwork("0.0.0.0/0")).contains(block))
        #expect(try #require(IPNetwork("2001:db8::/64")).hosts.first.description == "2001:db8::1")
    }

    @Test func `SLAAC's address has the port's MAC in it`() throws {
        let block = try #require(IPNetwork("2001:db8::/64"))
        let mac = try #require(MACAddress("fa:16:3e:01:02:03"))
        #expect(block.eui64(mac).description == "2001:db8::f816:3eff:fe01:203")
    }
}
