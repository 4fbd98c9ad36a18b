import ComputeModel
import Core

/// Metadata in OpenStack's own form, below `openstack/VERSION/`.
///
/// Source: Nova's user guide, "Metadata". What later versions add does no harm to readers of older
/// ones, which ignore unknown members.
package enum OpenStackMetadata {
    package static let versions = [
        "2012-08-10", "2013-04-04", "2013-10-17", "2015-10-15", "2016-06-30", "2016-10-06", "2017-02-22",
        "2018-08-27", "2020-10-14", "latest",
    ]

    package static func metaData(_ instance: InstanceMetadata, seed: String) -> String {
        let server = instance.server
        var json = JSONWriter()
        json.object { json in
            json.field("uuid", server.id)
            json.field("name", server.name)
            json.field("hostname", instance.hostname)
            json.field("launch_index", server.launchIndex)
            json.field("availability_zone", server.zone)
            json.field("project_id", server.project)
            json.field("random_seed", seed)
            json.field("devices", [])
            json.field("dedicated_cpus", [])
            if !instance.metadata.isEmpty { json.field("meta", instance.metadata) }
            if let name = server.keyName, let key = server.publicKey {
                json.field("public_keys", [name: key])
                json.field("keys") { json in
                    json.array { json in
                        json.object { json in
                            json.field("name", name)
                            json.field("type", "ssh")
                            json.field("data", key)
                        }
                    }
                }
            }
        }
        return json.text
    }

    /// Links and networks; addresses themselves come by DHCP.
    package static func networkData(_ instance: InstanceMetadata) -> String {
        let interfaces = instance.server.networkInfo
        var json = JSONWriter()
        json.object { json in
            json.field("links") { json in
                json.array(interfaces) { json, interface in
                    json.object { json in
                        json.field("id", linkName(interface))
                        json.field("vif_id", interface.port)
                        json.field("type", "ovs")
                        json.field("mtu", interface.mtu)
                        json.field("ethernet_mac_address", interface.mac)
                    }
                }
            }
            json.field("networks") { json in
                json.array { json in
                    var index = 0
                    for interface in interfaces {
                        for version in Set(interface.addresses.map(\.version)).sorted() {
                            json.object { json in
                                json.field("id", "network\(index)")
                                json.field("type", version == 4 ? "ipv4_dhcp" : "ipv6_dhcp")
                                json.field("link", linkName(interface))
                                json.field("network_id", interface.network)
                            }
                            index += 1
                        }
                    }
                }
            }
            json.field("services", [])
        }
        return json.text
    }

    /// Nova's name for a port's tap: `tap` and the first eleven characters of the port's id.
    private static func linkName(_ interface: InterfaceInfo) -> String {
        "tap" + interface.port.rawValue.prefix(11)
    }
}
