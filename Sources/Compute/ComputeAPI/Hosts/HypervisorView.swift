import ComputeModel
import ComputeStore
import Core
import FoundationEssentials
import WebAPI

/// A hypervisor host: numbers of its resources left to placement since 2.88.
struct HypervisorView: Sendable {
    let node: ComputeNode
    let service: ComputeService?
    let now: Date
    let version: Microversion

    func write(_ json: inout JSONWriter, isDetailed: Bool, servers: [Server]?) {
        json.object { json in
            writeHead(&json)
            if let servers, !servers.isEmpty || version >= "2.75" {
                json.field("servers") {
                    $0.array(servers) { json, server in
                        json.object {
                            $0.field("name", server.instanceName)
                            $0.field("uuid", server.id)
                        }
                    }
                }
            }
            if isDetailed { writeDetails(&json) }
        }
    }

    private func writeHead(_ json: inout JSONWriter) {
        if version >= "2.53" { json.field("id", node.id) } else { json.field("id", Int(node.number)) }
        json.field("hypervisor_hostname", node.report.node)
        json.field("state", service?.isUp(at: now) == true ? "up" : "down")
        json.field("status", service?.isDisabled == true ? "disabled" : "enabled")
    }

    private func writeDetails(_ json: inout JSONWriter) {
        let report = node.report
        json.field("hypervisor_type", report.hypervisorType)
        json.field("hypervisor_version", report.hypervisorVersion)
        json.field("host_ip", report.hostIP)
        json.field("service") {
            $0.object {
                if version >= "2.53" { $0.field("id", service?.id) } else { $0.field("id", Int(node.number)) }
                $0.field("host", report.host)
                $0.field("disabled_reason", service?.disabledReason)
            }
        }
        if version >= "2.88" {
            json.field("uptime", uptime)
            return
        }
        json.field("vcpus", report.vcpus)
        json.field("vcpus_used", report.vcpusUsed)
        json.field("memory_mb", report.memoryMiB)
        json.field("memory_mb_used", report.memoryUsedMiB)
        json.field("free_ram_mb", report.memoryMiB - report.memoryUsedMiB)
        json.field("local_gb", report.diskGiB)
        json.field("local_gb_used", report.diskUsedGiB)
        json.field("free_disk_gb", report.diskGiB - report.diskUsedGiB)
        json.field("disk_available_least", report.diskFreeGiB)
        json.field("running_vms", report.runningServers)
        json.field("current_workload", 0)
        // A text of JSON before 2.28, the value itself since.
        if version >= "2.28" {
            json.field("cpu_info", report.cpuInfo)
        } else {
            json.field("cpu_info", report.cpuInfo.jsonText)
        }
    }

    func writeUptime(_ json: inout JSONWriter) {
        json.object { json in
            writeHead(&json)
            json.field("uptime", uptime)
        }
    }

    /// In the words of uptime(1).
    private var uptime: String {
        let seconds = node.report.uptimeSeconds
        let clock = CalendarTime(node.updatedAt).text(fraction: false).suffix(8)
        let minutes = seconds / 60 % 60
        let text = "\(seconds / 3600 % 24):\(minutes < 10 ? "0" : "")\(minutes)"
        return " \(clock) up \(seconds / 86_400) days, \(text),  0 users,  load average: 0.00, 0.00, 0.00"
    }
}
