import CLibvirt
import Glibc

/// One open connection to libvirt: the owner of its `virConnectPtr`.
///
/// Its methods block: they are called on the connection's threads only, any number at a time.
///
/// `@unchecked Sendable`: libvirt's connections may be used by several threads at once.
package final class LibvirtSession: @unchecked Sendable {
    let pointer: OpaquePointer
    private let subscription: OpaquePointer

    init(uri: String, events sink: EventSink) throws(VirtError) {
        guard apus_virt_start() == 0 else { throw .last("starting libvirt's event loop") }
        guard let pointer = virConnectOpen(uri) else { throw .last("connecting to libvirt") }
        // Fails on embedded and local drivers, which need no keep-alive.
        _ = virConnectSetKeepAlive(pointer, 5, 3)
        var callbacks = sink.callbacks()
        guard let subscription = apus_virt_subscribe(pointer, &callbacks) else {
            let error = VirtError.last("subscribing to libvirt's events")
            virConnectClose(pointer)
            throw error
        }
        self.pointer = pointer
        self.subscription = subscription
    }

    deinit { apus_virt_close(pointer, subscription) }

    var isAlive: Bool { virConnectIsAlive(pointer) == 1 }

    // MARK: The host

    func libraryVersion() throws(VirtError) -> UInt {
        var version: UInt = 0
        guard virConnectGetLibVersion(pointer, &version) == 0 else { throw .last("reading libvirt's version") }
        return version
    }

    func hypervisorVersion() throws(VirtError) -> UInt {
        var version: UInt = 0
        guard virConnectGetVersion(pointer, &version) == 0 else { throw .last("reading the hypervisor's version") }
        return version
    }

    func capabilities() throws(VirtError) -> String {
        try Self.owned(virConnectGetCapabilities(pointer), "reading the host's capabilities")
    }

    func hostname() throws(VirtError) -> String {
        try Self.owned(virConnectGetHostname(pointer), "reading the host's name")
    }

    func nodeInfo() throws(VirtError) -> virNodeInfo {
        var info = virNodeInfo()
        guard virNodeGetInfo(pointer, &info) == 0 else { throw .last("reading the host's hardware") }
        return info
    }

    // MARK: Domains

    /// The domain with this UUID; nil when there is none.
    func domain(_ uuid: String) throws(VirtError) -> LibvirtDomain? {
        guard let domain = virDomainLookupByUUIDString(pointer, uuid) else {
            let error = VirtError.last("looking a domain up")
            if error.isNoDomain { return nil }
            throw error
        }
        return LibvirtDomain(owning: domain)
    }

    /// UUIDs of all domains, running or not.
    func domainIDs() throws(VirtError) -> [String] {
        var list: UnsafeMutablePointer<OpaquePointer?>?
        let count = virConnectListAllDomains(pointer, &list, 0)
        guard count >= 0, let list else { throw .last("listing domains") }
        defer { free(list) }
        var ids: [String] = []
        for index in 0..<Int(count) {
            guard let item = list[index] else { continue }
            let domain = LibvirtDomain(owning: item)
            ids.append(try domain.uuid())
        }
        return ids
    }

    /// Makes or replaces a persistent domain.
    func define(_ xml: String) throws(VirtError) -> LibvirtDomain {
        guard let domain = virDomainDefineXMLFlags(pointer, xml, 0) else { throw .last("defining a domain") }
        return LibvirtDomain(owning: domain)
    }

    /// Starts a domain that vanishes when it stops.
    func createTransient(_ xml: String) throws(VirtError) -> LibvirtDomain {
        guard let domain = virDomainCreateXML(pointer, xml, 0) else { throw .last("starting a transient domain") }
        return LibvirtDomain(owning: domain)
    }

    // MARK: Secrets

    /// Makes or replaces a secret that libvirt keeps in memory only, and sets its value.
    func setSecret(_ uuid: String, xml: String, value: String) throws(VirtError) {
        guard let secret = virSecretDefineXML(pointer, xml, 0) else { throw .last("defining a secret") }
        defer { virSecretFree(secret) }
        let bytes = Array(value.utf8)
        guard virSecretSetValue(secret, bytes, bytes.count, 0) == 0 else { throw .last("setting a secret") }
    }

    /// Forgets a secret; also when it is not there.
    func removeSecret(_ uuid: String) throws(VirtError) {
        guard let secret = virSecretLookupByUUIDString(pointer, uuid) else {
            let error = VirtError.last("looking a secret up")
            if error.isNoSecret { return }
            throw error
        }
        defer { virSecretFree(secret) }
        guard virSecretUndefine(secret) == 0 else {
            let error = VirtError.last("removing a secret")
            if error.isNoSecret { return }
            throw error
        }
    }

    /// Takes a string that libvirt allocated for its caller.
    static func owned(
        _ text: UnsafeMutablePointer<CChar>?, _ action: StaticString
    ) throws(VirtError) -> String {
        guard let text else { throw .last(action) }
        defer { free(text) }
        return String(cString: text)
    }
}
