import SchedulerModel

/// Keeps hosts that can run the image's architecture, hypervisor and mode.
///
/// Source: Nova's administrator guide, "ImagePropertiesFilter"; old and new names of each property.
struct ImagePropertiesFilter: HostFilter {
    let name = "ImagePropertiesFilter"

    func applies(to query: HostQuery) -> Bool {
        let wanted = Wanted(query)
        return wanted.architecture != nil || wanted.hypervisor != nil || wanted.mode != nil
    }

    func passes(_ host: HostCandidate, _ query: HostQuery) -> Bool {
        let wanted = Wanted(query)
        return host.state.supportedInstances.contains { triple in
            guard triple.count == 3 else { return false }
            return (wanted.architecture ?? triple[0]) == triple[0]
                && (wanted.hypervisor ?? triple[1]) == triple[1] && (wanted.mode ?? triple[2]) == triple[2]
        }
    }

    func hint(_ removed: [HostCandidate], _ query: HostQuery) -> String? {
        let supported = Set(removed.flatMap(\.state.supportedInstances).map { $0.joined(separator: "/") })
        return "hosts run " + supported.sorted().prefix(8).joined(separator: ", ")
    }

    private struct Wanted {
        let architecture: String?
        let hypervisor: String?
        let mode: String?

        init(_ query: HostQuery) {
            let properties = query.request.imageProperties
            architecture = (properties["hw_architecture"] ?? properties["architecture"]).map(Self.canonical)
            // Hosts say `kvm` or `qemu`; an image for one runs on the other as well.
            hypervisor = (properties["img_hv_type"] ?? properties["hypervisor_type"])
                .flatMap { ["qemu", "kvm"].contains($0.lowercased()) ? nil : $0.lowercased() }
            mode = (properties["hw_vm_mode"] ?? properties["vm_mode"])?.lowercased()
        }

        private static func canonical(_ name: String) -> String {
            switch name.lowercased() {
            case "amd64", "x86_64": "x86_64"
            case "arm64", "aarch64": "aarch64"
            case "i386", "i486", "i586", "i686": "i686"
            case let other: other
            }
        }
    }
}
