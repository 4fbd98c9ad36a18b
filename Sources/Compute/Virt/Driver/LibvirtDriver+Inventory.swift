import CLibvirt
package import ComputeModel
package import Core

extension LibvirtDriver {
    package func checkReachable() async throws {
        try await call("looking for the hypervisor") { session in _ = try session.hypervisorVersion() }
    }

    package func inventory() async throws -> HypervisorInventory {
        try await call("reading the host's inventory") { [node] session in
            let info = try session.nodeInfo()
            let capabilities = try XMLElement(parsing: session.capabilities())
            let cpu = capabilities["host"]?["cpu"]
            return HypervisorInventory(
                node: try node.get { try session.hostname() }, type: "QEMU",
                version: Int(try session.hypervisorVersion()),
                vcpus: Int(info.cpus), memoryMiB: Int(info.memory / 1024), cpuInfo: Self.cpuInfo(cpu),
                cpuTraits: Self.traits(cpu), supportedInstances: Self.supportedInstances(capabilities))
        }
    }

    /// The processor as the hypervisors API shows it.
    private static func cpuInfo(_ cpu: XMLElement?) -> JSONValue {
        guard let cpu else { return [:] }
        let topology = cpu["topology"]?.attributes ?? [:]
        func count(_ key: String) -> JSONValue { .integer(topology[key].flatMap(Int64.init) ?? 1) }
        return [
            "arch": .string(cpu["arch"]?.text ?? "x86_64"),
            "model": .string(cpu["model"]?.text ?? "unknown"),
            "vendor": .string(cpu["vendor"]?.text ?? "unknown"),
            "topology": [
                "cells": 1, "sockets": count("sockets"), "cores": count("cores"), "threads": count("threads"),
            ],
            "features": .array(cpu.all("feature").compactMap { $0.attributes["name"].map(JSONValue.string) }),
        ]
    }

    /// Processor features as OpenStack's standard traits.
    private static func traits(_ cpu: XMLElement?) -> [String] {
        let known = [
            "aes": "HW_CPU_X86_AESNI", "avx": "HW_CPU_X86_AVX", "avx2": "HW_CPU_X86_AVX2",
            "avx512f": "HW_CPU_X86_AVX512F", "bmi1": "HW_CPU_X86_BMI", "bmi2": "HW_CPU_X86_BMI2",
            "fma": "HW_CPU_X86_FMA3", "sse4.1": "HW_CPU_X86_SSE41", "sse4.2": "HW_CPU_X86_SSE42",
            "ssse3": "HW_CPU_X86_SSSE3", "svm": "HW_CPU_X86_SVM", "vmx": "HW_CPU_X86_VMX",
        ]
        return (cpu?.all("feature") ?? []).compactMap { $0.attributes["name"].flatMap { known[$0] } }.sorted()
    }

    private static func supportedInstances(_ capabilities: XMLElement) -> [[String]] {
        capabilities.all("guest").flatMap { guest -> [[String]] in
            guard let arch = guest["arch"], let mode = guest["os_type"]?.text, let name = arch.attributes["name"] else {
                return []
            }
            return arch.all("domain").compactMap { $0.attributes["type"].map { [name, $0, mode] } }
        }.filter { $0[0] == "x86_64" || $0[0] == "i686" }
    }
}

extension LibvirtDriver: GuestDiagnostics {
    package func diagnostics(_ server: ServerID) async throws -> ServerDiagnostics.Reply {
        try await withDomain(server, "reading a guest's counters") { domain in
            let info = try domain.info()
            let description = try XMLElement(parsing: domain.xml())
            let devices = description["devices"]
            let isActive = domain.isActive
            var disks: [ServerDiagnostics.Disk] = []
            var nics: [ServerDiagnostics.NIC] = []
            if isActive {
                for name in (devices?.all("disk") ?? []).compactMap({ $0["target"]?.attributes["dev"] }) {
                    let counters = try domain.blockStatistics(name)
                    disks.append(
                        ServerDiagnostics.Disk(
                            device: name, readBytes: counters.rd_bytes, readRequests: counters.rd_req,
                            writeBytes: counters.wr_bytes, writeRequests: counters.wr_req, errors: counters.errs))
                }
                for nic in devices?.all("interface") ?? [] {
                    guard let name = nic["target"]?.attributes["dev"], let mac = nic["mac"]?.attributes["address"]
                    else { continue }
                    let counters = try domain.interfaceStatistics(name)
                    nics.append(
                        ServerDiagnostics.NIC(
                            mac: mac, device: name, rxBytes: counters.rx_bytes, rxPackets: counters.rx_packets,
                            rxErrors: counters.rx_errs, rxDrops: counters.rx_drop, txBytes: counters.tx_bytes,
                            txPackets: counters.tx_packets, txErrors: counters.tx_errs, txDrops: counters.tx_drop))
                }
            }
            let cpus = (0..<Int(info.nrVirtCpu)).map {
                ServerDiagnostics.CPU(id: $0, timeNanoseconds: Int64(info.cpuTime) / Int64(max(1, info.nrVirtCpu)))
            }
            return ServerDiagnostics.Reply(
                powerState: try Self.power(domain), driver: "libvirt",
                hypervisor: description.attributes["type"] ?? "qemu", uptimeSeconds: nil,
                configDrive: devices?.all("disk").contains { $0.attributes["device"] == "cdrom" } ?? false,
                cpus: cpus, memoryMaximumMiB: Int(info.maxMem / 1024), memoryUsedMiB: Int(info.memory / 1024),
                disks: disks, nics: nics)
        }
    }
}
