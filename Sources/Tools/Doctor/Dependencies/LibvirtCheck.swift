import Core

/// Whether libvirt answers, and the versions of libvirt and QEMU.
struct LibvirtCheck: DoctorCheck {
    let name = "libvirt"
    let summary = "libvirt answers; versions of libvirt and QEMU"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let uri = try cloud.configuration("compute-agent.conf").read(Setting<LibvirtURI>.self).value
        do {
            let text = try await cloud.output("virsh", ["-c", uri, "version", "--daemon"])
            var findings: [Finding] = []
            for line in text.split(whereSeparator: \.isNewline) {
                let version = TestedVersions.number(in: String(line))
                if line.hasPrefix("Running hypervisor: QEMU") { findings += TestedVersions.finding("QEMU", version) }
                if line.hasPrefix("Running against daemon") { findings += TestedVersions.finding("libvirt", version) }
            }
            return findings
        } catch let failed as CheckFailed {
            return [
                unreachable(
                    "libvirt \(uri)", failed,
                    advice: "start libvirtd; guests run on, and the agent reconnects by itself")
            ]
        }
    }
}

/// Whether tgtd answers, and its version.
struct TargetDaemonCheck: DoctorCheck {
    let name = "tgtd"
    let summary = "tgtd answers; its version"

    func run(_ cloud: Cloud) async throws -> [Finding] {
        let port = try cloud.configuration("block-storage.conf").read(Setting<TargetControlPort>.self).value
        do {
            let text = try await cloud.output(
                "tgtadm", ["-C", port, "--lld", "iscsi", "--mode", "system", "--op", "show"])
            guard text.contains("State: ready") else {
                return [
                    Finding(
                        .critical, .mismatch, "tgtd", "its state is not ready",
                        advice: "tgtadm --mode system --op update --name State -v ready")
                ]
            }
            let version = try await cloud.output("tgtadm", ["--version"])
            return TestedVersions.finding("tgt", TestedVersions.number(in: version))
        } catch let failed as CheckFailed {
            return [
                unreachable(
                    "tgtd (control port \(port))", failed,
                    advice: "start tgtd; block-storage makes its targets again within 15 s")
            ]
        }
    }
}
