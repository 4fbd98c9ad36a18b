/// What an image's bytes turn out to be.
package enum ImageFormat: String, Sendable, CaseIterable {
    case raw, qcow2, vmdk, vhd, vhdx, vdi, iso, ploop
    /// A bare disk with a partition table, which is a raw image.
    case gpt
    /// Formats that are recognised only to be refused.
    case qcow, qed, luks
}

/// What inspection learnt.
package struct InspectedImage: Sendable, Hashable {
    package var format: ImageFormat
    /// Bytes that a guest would see; nil when the format does not say.
    package var virtualSize: Int64?
}

/// Why an image is refused. The text is for the user.
package struct InspectionFailure: Error, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
