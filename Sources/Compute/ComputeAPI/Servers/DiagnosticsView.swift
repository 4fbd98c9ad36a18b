import ComputeModel
import Core
import WebAPI

/// A server's counters: named one by one before 2.48, in one form for every driver since.
struct DiagnosticsView: Sendable {
    let reply: ServerDiagnostics.Reply

    func write(_ json: inout JSONWriter, _ version: Microversion) {
        if version >= "2.48" { writeStandard(&json) } else { writeOld(&json) }
    }

    private func writeOld(_ json: inout JSONWriter) {
        json.object { json in
            for cpu in reply.cpus { json.field("cpu\(cpu.id)_time", Int(cpu.timeNanoseconds)) }
            json.field("memory", reply.memoryMaximumMiB * 1024)
            json.field("memory-actual", reply.memoryMaximumMiB * 1024)
            json.field("memory-rss", reply.memoryUsedMiB * 1024)
            for disk in reply.disks {
                json.field("\(disk.device)_errors", Int(disk.errors))
                json.field("\(disk.device)_read", Int(disk.readBytes))
                json.field("\(disk.device)_read_req", Int(disk.readRequests))
                json.field("\(disk.device)_write", Int(disk.writeBytes))
                json.field("\(disk.device)_write_req", Int(disk.writeRequests))
            }
            for nic in reply.nics {
                json.field("\(nic.device)_rx", Int(nic.rxBytes))
                json.field("\(nic.device)_rx_drop", Int(nic.rxDrops))
                json.field("\(nic.device)_rx_errors", Int(nic.rxErrors))
                json.field("\(nic.device)_rx_packets", Int(nic.rxPackets))
                json.field("\(nic.device)_tx", Int(nic.txBytes))
                json.field("\(nic.device)_tx_drop", Int(nic.txDrops))
                json.field("\(nic.device)_tx_errors", Int(nic.txErrors))
                json.field("\(nic.device)_tx_packets", Int(nic.txPackets))
            }
        }
    }

    private func writeStandard(_ json: inout JSONWriter) {
        json.object { json in
            json.field("state", reply.powerState.name)
            json.field("driver", reply.driver)
            json.field("hypervisor", reply.hypervisor)
            json.field("hypervisor_os", reply.hypervisorOS)
            json.field("uptime", reply.uptimeSeconds)
            json.field("config_drive", reply.configDrive)
            json.field("num_cpus", reply.cpus.count)
            json.field("num_nics", reply.nics.count)
            json.field("num_disks", reply.disks.count)
            json.field("memory_details") {
                $0.object {
                    $0.field("maximum", reply.memoryMaximumMiB)
                    $0.field("used", reply.memoryUsedMiB)
                }
            }
            json.field("cpu_details") {
                $0.array(reply.cpus) { json, cpu in
                    json.object {
                        $0.field("id", cpu.id)
                        $0.field("time", Int(cpu.timeNanoseconds))
                        $0.field("utilisation", Int?.none)
                    }
                }
            }
            json.field("disk_details") { $0.array(reply.disks) { json, disk in write(&json, disk) } }
            json.field("nic_details") { $0.array(reply.nics) { json, nic in write(&json, nic) } }
        }
    }

    private func write(_ json: inout JSONWriter, _ disk: ServerDiagnostics.Disk) {
        json.object {
            $0.field("read_bytes", Int(disk.readBytes))
            $0.field("read_requests", Int(disk.readRequests))
            $0.field("write_bytes", Int(disk.writeBytes))
            $0.field("write_requests", Int(disk.writeRequests))
            $0.field("errors_count", Int(disk.errors))
        }
    }

    private func write(_ json: inout JSONWriter, _ nic: ServerDiagnostics.NIC) {
        json.object {
            $0.field("mac_address", nic.mac)
            $0.field("rx_octets", Int(nic.rxBytes))
            $0.field("rx_packets", Int(nic.rxPackets))
            $0.field("rx_errors", Int(nic.rxErrors))
            $0.field("rx_drop", Int(nic.rxDrops))
            $0.field("rx_rate", Int?.none)
            $0.field("tx_octets", Int(nic.txBytes))
            $0.field("tx_packets", Int(nic.txPackets))
            $0.field("tx_errors", Int(nic.txErrors))
            $0.field("tx_drop", Int(nic.txDrops))
            $0.field("tx_rate", Int?.none)
        }
    }
}
