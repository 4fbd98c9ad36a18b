import ComputeModel
import Core

/// Builds libvirt's description of a guest (https://libvirt.org/formatdomain.html).
package enum DomainXML {
    /// The whole domain.
    package static func domain(_ guest: GuestDefinition) throws -> String {
        var xml = XMLBuilder()
        var failure: (any Error)?
        xml.element("domain", ["type": guest.virtType.rawValue]) { xml in
            xml.element("uuid", text: guest.record.spec.server.rawValue)
            xml.element("name", text: guest.instanceName)
            xml.element("title", text: title(guest.record.spec.name))
            xml.element("metadata") { xml in
                do {
                    try guest.record.write(to: &xml, declaringNamespace: true)
                } catch { failure = error }
            }
            xml.element("memory", ["unit": "MiB"], text: String(guest.record.spec.flavor.memoryMiB))
            xml.element("vcpu", text: String(guest.record.spec.flavor.vcpus))
            if guest.virtType == .lxc { container(guest, &xml) } else { machine(guest, &xml) }
        }
        if let failure { throw failure }
        return xml.text
    }

    /// A title is one line for people; libvirt refuses line breaks in it.
    private static func title(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.filter { $0.value >= 0x20 }))
    }

    private static func machine(_ guest: GuestDefinition, _ xml: inout XMLBuilder) {
        let server = guest.record.spec.server.rawValue
        // Guests' data source detection looks for this product name.
        xml.element("sysinfo", ["type": "smbios"]) { xml in
            xml.element("system") { xml in
                xml.element("entry", ["name": "manufacturer"], text: "Apus")
                xml.element("entry", ["name": "product"], text: "OpenStack Nova")
                xml.element("entry", ["name": "serial"], text: server)
                xml.element("entry", ["name": "uuid"], text: server)
                xml.element("entry", ["name": "family"], text: "Virtual Machine")
            }
        }
        xml.element("os") { xml in
            xml.element("type", ["arch": "x86_64", "machine": guest.machine.rawValue], text: "hvm")
            if let boot = guest.directBoot {
                xml.element("kernel", text: boot.kernel)
                if let ramdisk = boot.ramdisk { xml.element("initrd", text: ramdisk) }
                xml.element("cmdline", text: boot.commandLine)
            }
            xml.element("smbios", ["mode": "sysinfo"])
        }
        xml.element("features") { xml in
            xml.element("acpi")
            xml.element("apic")
        }
        switch guest.cpuMode {
        case .default: break
        default: xml.element("cpu", ["mode": guest.cpuMode.rawValue, "check": "none"])
        }
        xml.element("clock", ["offset": "utc"]) { xml in
            xml.element("timer", ["name": "pit", "tickpolicy": "delay"])
            xml.element("timer", ["name": "rtc", "tickpolicy": "catchup"])
            xml.element("timer", ["name": "hpet", "present": "no"])
        }
        // A soft reboot is power off and start again, so the agent hears of both.
        xml.element("on_poweroff", text: "destroy")
        xml.element("on_reboot", text: "restart")
        xml.element("on_crash", text: "destroy")
        xml.element("devices") { xml in devices(guest, &xml) }
    }

    private static func devices(_ guest: GuestDefinition, _ xml: inout XMLBuilder) {
        for disk in guest.disks { DeviceXML.write(disk, to: &xml) }
        if guest.disks.contains(where: { $0.bus == .scsi }) {
            xml.element("controller", ["type": "scsi", "index": "0", "model": "virtio-scsi"])
        }
        if guest.machine == .q35 {
            xml.element("controller", ["type": "pci", "index": "0", "model": "pcie-root"])
            for _ in 0..<guest.sparePCIPorts {
                xml.element("controller", ["type": "pci", "model": "pcie-root-port"])
            }
        }
        for nic in guest.nics { DeviceXML.write(nic, to: &xml) }
        xml.element("serial", ["type": "pty"]) { xml in
            xml.element("log", ["file": guest.consoleLog, "append": "off"])
            xml.element("target", ["type": "isa-serial", "port": "0"]) { xml in
                xml.element("model", ["name": "isa-serial"])
            }
        }
        xml.element("console", ["type": "pty"]) { xml in
            xml.element("log", ["file": guest.consoleLog, "append": "off"])
            xml.element("target", ["type": "serial", "port": "0"])
        }
        xml.element("memballoon", ["model": "virtio"]) { xml in xml.element("stats", ["period": "10"]) }
        xml.element("rng", ["model": "virtio"]) { xml in
            xml.element("backend", ["model": "random"], text: "/dev/urandom")
        }
    }

    /// A container: its root is the root disk, mounted by libvirt.
    private static func container(_ guest: GuestDefinition, _ xml: inout XMLBuilder) {
        xml.element("os") { xml in
            xml.element("type", text: "exe")
            xml.element("init", text: "/sbin/init")
        }
        xml.element("features") { xml in
            xml.element("privnet")
        }
        xml.element("on_poweroff", text: "destroy")
        xml.element("on_reboot", text: "restart")
        xml.element("on_crash", text: "destroy")
        xml.element("devices") { xml in
            if case .file(let path, let format)? = guest.disks.first?.source {
                xml.element("filesystem", ["type": "file", "accessmode": "passthrough"]) { xml in
                    xml.element("driver", ["type": "loop", "format": format])
                    xml.element("source", ["file": path])
                    xml.element("target", ["dir": "/"])
                }
            }
            for nic in guest.nics { DeviceXML.write(nic, to: &xml) }
            xml.element("console", ["type": "pty"]) { xml in
                xml.element("log", ["file": guest.consoleLog, "append": "off"])
                xml.element("target", ["type": "lxc", "port": "0"])
            }
        }
    }
}
