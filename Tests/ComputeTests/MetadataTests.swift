import ComputeModel
import ComputeStore
import Core
import Testing

@Suite struct MetadataTests {
    private func instance() -> InstanceMetadata {
        var server = sampleServer()
        server.keyName = "k"
        server.publicKey = "ssh-ed25519 AAAA k"
        server.zone = "nova"
        server.userData = "IyEvYmluL3No"
        server.networkInfo = [
            InterfaceInfo(
                port: PortID("abcdefgh-1234-0000-0000-000000000000"), mac: "fa:16:3e:00:00:01", network: NetworkID("n"),
                networkName: "private",
                addresses: [.init(address: "10.0.0.5", version: 4, floating: ["172.24.4.9"])])
        ]
        return InstanceMetadata(server: server, metadata: ["role": "db"])
    }

    @Test func metaDataNamesTheServerAndItsKey() throws {
        let json = try JSONValue(parsing: OpenStackMetadata.metaData(instance(), seed: "seed"))
        #expect(json["uuid"]?.string == "11111111-2222-3333-4444-555555555555")
        #expect(json["public_keys"]?["k"]?.string == "ssh-ed25519 AAAA k")
        #expect(json["meta"]?["role"]?.string == "db")
        #expect(json["hostname"]?.string == "web")
    }

    @Test func ec2PathsAnswerValuesAndFolders() {
        let instance = instance()
        #expect(EC2Metadata.answer("local-ipv4", instance) == "10.0.0.5")
        #expect(EC2Metadata.answer("public-ipv4", instance) == "172.24.4.9")
        #expect(EC2Metadata.answer("public-keys/", instance) == "0=k")
        #expect(EC2Metadata.answer("public-keys/0/", instance) == "openssh-key")
        #expect(EC2Metadata.answer("placement", instance) == "availability-zone")
        #expect(EC2Metadata.answer("", instance)?.contains("public-keys/") == true)
        #expect(EC2Metadata.answer("nonsense", instance) == nil)
    }

    @Test func aConfigDriveHasWhatTheServiceAnswers() throws {
        let files = ConfigDrive.files(instance(), seed: "seed")
        let text = try #require(files["openstack/latest/meta_data.json"].flatMap(Base64.decode))
        #expect(String(decoding: text, as: UTF8.self) == OpenStackMetadata.metaData(instance(), seed: "seed"))
        #expect(files["openstack/latest/user_data"] == "IyEvYmluL3No")
        #expect(files["openstack/2012-08-10/network_data.json"] == nil)
    }

    @Test func networkDataLinksEachPort() throws {
        let json = try JSONValue(parsing: OpenStackMetadata.networkData(instance()))
        #expect(json["links"]?[0]?["id"]?.string == "tapabcdefgh-12")
        #expect(json["networks"]?[0]?["type"]?.string == "ipv4_dhcp")
    }
}
