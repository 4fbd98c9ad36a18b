import CLibvirt
import Glibc

/// A libvirt domain: the owner of its `virDomainPtr`. Lives only inside one closure on one of the
/// connection's threads. Every
/// method blocks.
final class LibvirtDomain {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { virDomainFree(pointer) }

    /// Which of a domain's two descriptions a change is for.
    struct Scope: OptionSet {
        let rawValue: UInt32
        static let live = Scope(rawValue: VIR_DOMAIN_AFFECT_LIVE.rawValue)
        static let persistent = Scope(rawValue: VIR_DOMAIN_AFFECT_CONFIG.rawValue)
    }

    // MARK: Reading

    func uuid() throws(VirtError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(VIR_UUID_STRING_BUFLEN))
        guard virDomainGetUUIDString(pointer, &buffer) == 0 else { throw .last("reading a domain's id") }
        return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    func state() throws(VirtError) -> virDomainState {
        var state: Int32 = 0
        var reason: Int32 = 0
        guard virDomainGetState(pointer, &state, &reason, 0) == 0 else { throw .last("reading a domain's state") }
        return virDomainState(UInt32(state))
    }

    var isActive: Bool { virDomainIsActive(pointer) == 1 }

    var hasSavedState: Bool { virDomainHasManagedSaveImage(pointer, 0) == 1 }

    /// The live description, or the persistent one.
    func xml(persistent: Bool = false) throws(VirtError) -> String {
        let flags = persistent ? VIR_DOMAIN_XML_INACTIVE.rawValue : 0
        return try LibvirtSession.owned(virDomainGetXMLDesc(pointer, flags), "reading a domain's description")
    }

    /// Our element in the domain's metadata; nil for a domain that is not ours.
    func metadata(_ namespace: String) throws(VirtError) -> String? {
        guard
            let text = virDomainGetMetadata(
                pointer, Int32(VIR_DOMAIN_METADATA_ELEMENT.rawValue), namespace, VIR_DOMAIN_AFFECT_CONFIG.rawValue)
        else {
            let error = VirtError.last("reading a domain's metadata")
            if error.isNoMetadata { return nil }
            throw error
        }
        defer { free(text) }
        return String(cString: text)
    }

    func info() throws(VirtError) -> virDomainInfo {
        var info = virDomainInfo()
        guard virDomainGetInfo(pointer, &info) == 0 else { throw .last("reading a domain's counters") }
        return info
    }

    func blockStatistics(_ device: String) throws(VirtError) -> virDomainBlockStatsStruct {
        var statistics = virDomainBlockStatsStruct()
        let size = MemoryLayout<virDomainBlockStatsStruct>.size
        guard virDomainBlockStats(pointer, device, &statistics, size) == 0 else {
            throw .last("reading a disk's counters")
        }
        return statistics
    }

    func interfaceStatistics(_ device: String) throws(VirtError) -> virDomainInterfaceStatsStruct {
        var statistics = virDomainInterfaceStatsStruct()
        let size = MemoryLayout<virDomainInterfaceStatsStruct>.size
        guard virDomainInterfaceStats(pointer, device, &statistics, size) == 0 else {
            throw .last("reading a NIC's counters")
        }
        return statistics
    }

    // MARK: Power

    /// Starts the domain; from its saved state when it has one.
    func start() throws(VirtError) {
        guard virDomainCreate(pointer) == 0 else { throw .last("starting a domain") }
    }

    /// Presses the power button.
    func pressPowerButton() throws(VirtError) {
        guard virDomainShutdown(pointer) == 0 else { throw .last("pressing a domain's power button") }
    }

    /// Pulls the plug.
    func destroy() throws(VirtError) {
        guard virDomainDestroy(pointer) == 0 else { throw .last("stopping a domain") }
    }

    func pause() throws(VirtError) {
        guard virDomainSuspend(pointer) == 0 else { throw .last("pausing a domain") }
    }

    func unpause() throws(VirtError) {
        guard virDomainResume(pointer) == 0 else { throw .last("unpausing a domain") }
    }

    /// Saves memory to disk and stops.
    func save() throws(VirtError) {
        guard virDomainManagedSave(pointer, 0) == 0 else { throw .last("suspending a domain") }
    }

    func forgetSavedState() throws(VirtError) {
        guard virDomainManagedSaveRemove(pointer, 0) == 0 else { throw .last("removing a domain's saved state") }
    }

    /// Forgets the persistent description and all that libvirt keeps with it.
    func undefine() throws(VirtError) {
        let flags =
            VIR_DOMAIN_UNDEFINE_MANAGED_SAVE.rawValue | VIR_DOMAIN_UNDEFINE_NVRAM.rawValue
            | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA.rawValue | VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA.rawValue
        guard virDomainUndefineFlags(pointer, flags) == 0 else { throw .last("undefining a domain") }
    }

    // MARK: Devices

    func attachDevice(_ xml: String, _ scope: Scope) throws(VirtError) {
        guard virDomainAttachDeviceFlags(pointer, xml, scope.rawValue) == 0 else { throw .last("plugging a device") }
    }

    /// Asks for a device to be unplugged. Live, the guest answers later, by an event.
    func detachDevice(alias: String, _ scope: Scope) throws(VirtError) {
        guard virDomainDetachDeviceAlias(pointer, alias, scope.rawValue) == 0 else {
            throw .last("unplugging a device")
        }
    }

    func setMetadata(_ xml: String, prefix: String, namespace: String, _ scope: Scope) throws(VirtError) {
        guard
            virDomainSetMetadata(
                pointer, Int32(VIR_DOMAIN_METADATA_ELEMENT.rawValue), xml, prefix, namespace, scope.rawValue) == 0
        else { throw .last("writing a domain's metadata") }
    }

    // MARK: Block jobs

    /// Copies a disk into a file, while the guest runs, as a job that ends with the guest.
    func startCopy(of device: String, to destination: String) throws(VirtError) {
        guard
            virDomainBlockCopy(
                pointer, device, destination, nil, 0, VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB.rawValue) == 0
        else { throw .last("copying a disk") }
    }

    /// A block job's progress; nil when there is none.
    func blockJob(_ device: String) throws(VirtError) -> virDomainBlockJobInfo? {
        var info = virDomainBlockJobInfo()
        let found = virDomainGetBlockJobInfo(pointer, device, &info, 0)
        guard found >= 0 else { throw .last("reading a disk job's progress") }
        return found == 0 ? nil : info
    }

    /// Ends a copy: a finished one leaves a copy of the disk as it is now.
    func endBlockJob(_ device: String) throws(VirtError) {
        guard virDomainBlockJobAbort(pointer, device, 0) == 0 else { throw .last("ending a disk job") }
    }
}
