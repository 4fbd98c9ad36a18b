import CLibvirt
package import Core

/// What libvirt said when a call failed, read on the thread on which it failed.
package struct VirtError: Error, Sendable, CustomStringConvertible {
    package let code: UInt32
    package let message: String
    /// What was being tried.
    package let action: StaticString

    package init(code: UInt32, message: String, action: StaticString) {
        self.code = code
        self.message = message
        self.action = action
    }

    /// The calling thread's last libvirt error.
    static func last(_ action: StaticString) -> VirtError {
        let message = virGetLastErrorMessage().map { String(cString: $0) } ?? "unknown error"
        return VirtError(code: UInt32(virGetLastErrorCode()), message: message, action: action)
    }

    package var description: String { "\(action): \(message) (libvirt error \(code))" }

    /// A normal answer in code that may run twice.
    package var isNoDomain: Bool { code == VIR_ERR_NO_DOMAIN.rawValue }
    /// The domain is in another state than the call needs; also normal when repeated.
    package var isOperationInvalid: Bool { code == VIR_ERR_OPERATION_INVALID.rawValue }
    package var isDeviceMissing: Bool { code == VIR_ERR_DEVICE_MISSING.rawValue }
    package var isNoSecret: Bool { code == VIR_ERR_NO_SECRET.rawValue }
    package var isNoMetadata: Bool { code == VIR_ERR_NO_DOMAIN_METADATA.rawValue }
    package var isUnsupported: Bool {
        code == VIR_ERR_NO_SUPPORT.rawValue || code == VIR_ERR_OPERATION_UNSUPPORTED.rawValue
    }

    /// The error as other modules see it: libvirt's words stay private.
    package var serviceError: ServiceError {
        if isNoDomain { return ServiceError(.notFound, "The server is not on this host.", detail: description) }
        return ServiceError(.internal, "The hypervisor refused the operation.", detail: description, cause: self)
    }
}
