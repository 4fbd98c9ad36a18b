/// libFuzzer's way into the inspection of images: any bytes, in pieces, end in an answer or a refusal.
///
/// Compiled together with the sources of the inspection, which need nothing else, and with the address sanitizer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzInspection(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 1 else { return 0 }
    let input = UnsafeBufferPointer(start: start, count: count)
    // The first byte says how large the pieces are, and how many zeros the image has in its middle: formats have
    // tables at 32 KiB and at a mebibyte that a fuzzer's small inputs do not reach.
    let half = 1 + (count - 1) / 2
    let gap = [0, 0, 0, 0, 0, 32 << 10, 192 << 10, 1 << 20][Int(input[0] >> 4 & 7)]
    let piece = max(1 << Int(input[0] & 0x0F), gap / 16)
    var bytes = Array(input[1..<half])
    if gap > bytes.count { bytes += [UInt8](repeating: 0, count: gap - bytes.count) }
    bytes += input[half...]
    var inspector = ContentInspector()
    do throws(InspectionFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            try inspector.feed(rest.prefix(piece))
            rest = rest.dropFirst(piece)
        }
        let image = try inspector.finish()
        precondition(image.virtualSize ?? 0 >= 0, "a negative size")
        for declared in ["raw", "qcow2", "vmdk", "vhd", "iso", "ami"] {
            let size = Int64(bytes.count)
            do throws(InspectionFailure) {
                _ = try FormatCheck.check(image, declared: declared, container: "bare", size: size)
            } catch {
                continue
            }
        }
    } catch {
        return 0
    }
    return 0
}
