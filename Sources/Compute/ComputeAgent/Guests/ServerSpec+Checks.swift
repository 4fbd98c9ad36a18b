import ComputeModel
import Core
import Virt

extension ServerSpec {
    /// Refuses what this host would otherwise get wrong in silence.
    func checkSupported() throws(ServiceError) {
        let properties = image?.properties ?? [:]
        if let bus = properties["hw_disk_bus"], GuestDisk.Bus(rawValue: bus) == nil {
            throw ServiceError(.badRequest, "The image's hw_disk_bus \(bus) is not known on this host.")
        }
        if let model = properties["hw_vif_model"], !GuestBuilder.nicModels.contains(model) {
            throw ServiceError(.badRequest, "The image's hw_vif_model \(model) is not known on this host.")
        }
        if let kernel = properties["kernel_id"], !kernel.isEmpty {
            throw ServiceError(.notImplemented, "Images with a kernel of their own cannot be booted on this host.")
        }
        if let firmware = properties["hw_firmware_type"], firmware != "bios" {
            throw ServiceError(.notImplemented, "Images that need \(firmware) firmware cannot be booted on this host.")
        }
        if let architecture = properties["hw_architecture"] ?? properties["architecture"],
            !["x86_64", "i686"].contains(architecture)
        {
            throw ServiceError(.badRequest, "Images for \(architecture) cannot be booted on this host.")
        }
        for nic in nics { try nic.checkSupported() }
    }
}

extension NICSpec {
    func checkSupported() throws(ServiceError) {
        guard vifType == "ovs" else {
            throw ServiceError(.notImplemented, "Ports of the kind \(vifType) cannot be plugged on this host.")
        }
    }
}
