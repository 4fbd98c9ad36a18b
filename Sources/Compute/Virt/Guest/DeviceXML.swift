import Core

/// Builds the description of one device, for a domain or for plugging it live.
package enum DeviceXML {
    package static func disk(_ disk: GuestDisk) -> String {
        var xml = XMLBuilder()
        write(disk, to: &xml)
        return xml.text
    }

    package static func nic(_ nic: GuestNIC) -> String {
        var xml = XMLBuilder()
        write(nic, to: &xml)
        return xml.text
    }

    static func write(_ disk: GuestDisk, to xml: inout XMLBuilder) {
        let type = if case .file = disk.source { "file" } else { "network" }
        xml.element("disk", ["type": type, "device": disk.kind.rawValue]) { xml in
            switch disk.source {
            case .file(let path, let format):
                let cache = disk.kind == .cdrom ? nil : disk.cache.rawValue
                xml.element(
                    "driver",
                    ["name": "qemu", "type": format, "cache": cache, "discard": disk.readOnly ? nil : "unmap"])
                xml.element("source", ["file": path])
            case .iscsi(let target):
                xml.element("driver", ["name": "qemu", "type": "raw", "cache": "none", "discard": "unmap"])
                write(target, to: &xml)
            }
            xml.element("target", ["dev": disk.target, "bus": disk.bus.rawValue])
            if disk.readOnly { xml.element("readonly") }
            if let serial = disk.serial { xml.element("serial", text: serial) }
            if let order = disk.bootOrder { xml.element("boot", ["order": String(order)]) }
            if let alias = disk.alias { xml.element("alias", ["name": alias]) }
        }
    }

    private static func write(_ target: ISCSISource, to xml: inout XMLBuilder) {
        xml.element("source", ["protocol": "iscsi", "name": "\(target.iqn)/\(target.lun)"]) { xml in
            xml.element("host", ["name": target.host, "port": String(target.port)])
            if let chap = target.chap {
                xml.element("auth", ["username": chap.username]) { xml in
                    xml.element("secret", ["type": "iscsi", "uuid": chap.secret])
                }
            }
            if let initiator = target.initiator {
                xml.element("initiator") { xml in xml.element("iqn", ["name": initiator]) }
            }
        }
    }

    static func write(_ nic: GuestNIC, to xml: inout XMLBuilder) {
        xml.element("interface", ["type": "bridge"]) { xml in
            xml.element("mac", ["address": nic.mac])
            xml.element("source", ["bridge": nic.bridge])
            xml.element("virtualport", ["type": "openvswitch"]) { xml in
                xml.element("parameters", ["interfaceid": nic.port.rawValue])
            }
            xml.element("target", ["dev": GuestNIC.tap(nic.port)])
            xml.element("model", ["type": nic.model])
            if nic.model == "virtio", !nic.checksumOffload {
                xml.element("driver", ["name": "qemu"]) { xml in
                    xml.element(
                        "host",
                        ["csum": "off", "gso": "off", "tso4": "off", "tso6": "off", "ecn": "off", "ufo": "off"])
                    xml.element("guest", ["csum": "off", "tso4": "off", "tso6": "off", "ecn": "off", "ufo": "off"])
                }
            }
            if let mtu = nic.mtu { xml.element("mtu", ["size": String(mtu)]) }
            xml.element("alias", ["name": GuestNIC.alias(nic.port)])
        }
    }

    /// A secret that libvirt holds in memory only and never shows again.
    package static func secret(uuid: String, usage: String) -> String {
        var xml = XMLBuilder()
        xml.element("secret", ["ephemeral": "yes", "private": "yes"]) { xml in
            xml.element("uuid", text: uuid)
            xml.element("description", text: "Apus volume attachment")
            xml.element("usage", ["type": "iscsi"]) { xml in xml.element("target", text: usage) }
        }
        return xml.text
    }
}
