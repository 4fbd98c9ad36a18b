/// Whether what an image is said to be is what it is.
package enum FormatCheck {
    /// - Parameters:
    ///   - declared: the image's `disk_format`.
    ///   - container: data of other containers than `bare` is not looked into.
    /// - Returns: the virtual size to note, if there is one.
    package static func check(
        _ found: InspectedImage, declared: String?, container: String?, size: Int64
    ) throws(InspectionFailure) -> Int64? {
        guard container == "bare" || container == nil else { return nil }
        guard let declared else { return found.virtualSize }
        switch (declared, found.format) {
        case ("raw", .raw), ("raw", .gpt), ("raw", .iso), ("raw", .luks): return size
        case ("ami", .raw), ("ami", .gpt), ("ari", .raw), ("ari", .gpt), ("aki", .raw), ("aki", .gpt): return size
        case (let name, let format) where name == format.rawValue: return found.virtualSize
        default:
            throw InspectionFailure(
                "Image disk_format \(declared) does not match stream data \(found.format.rawValue)")
        }
    }
}
