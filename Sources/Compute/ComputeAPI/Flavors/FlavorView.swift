import ComputeModel
import Core
import WebAPI

/// A flavor as the API shows it.
struct FlavorView: Sendable {
    let flavor: Flavor
    let request: APIRequest
    var showsSpecs: Bool { request.version >= "2.61" && request.isAllowed(ComputePolicy.extraSpecsIndex) }

    func write(_ json: inout JSONWriter) {
        let version = request.version
        json.object { json in
            json.field("id", flavor.id)
            json.field("name", flavor.name)
            json.field("ram", flavor.memoryMiB)
            json.field("disk", flavor.rootGiB)
            json.field("vcpus", flavor.vcpus)
            if version >= "2.75" { json.field("swap", flavor.swapMiB) } else { swap(&json) }
            json.field("OS-FLV-EXT-DATA:ephemeral", flavor.ephemeralGiB)
            json.field("OS-FLV-DISABLED:disabled", flavor.isDisabled)
            json.field("os-flavor-access:is_public", flavor.isPublic)
            json.field("rxtx_factor", flavor.rxtxFactor)
            json.field("links") { Links.write(&$0, request, "flavors/\(flavor.id)") }
            if version >= "2.55" { json.field("description", flavor.description) }
            if showsSpecs { json.field("extra_specs", flavor.extraSpecs) }
        }
    }

    /// No swap is an empty text before 2.75.
    private func swap(_ json: inout JSONWriter) {
        if flavor.swapMiB == 0 { json.field("swap", "") } else { json.field("swap", flavor.swapMiB) }
    }

    func writeBrief(_ json: inout JSONWriter) {
        json.object { json in
            json.field("id", flavor.id)
            json.field("name", flavor.name)
            json.field("links") { Links.write(&$0, request, "flavors/\(flavor.id)") }
            if request.version >= "2.55" { json.field("description", flavor.description) }
        }
    }

    /// The flavor of a server: a link before 2.47, what it was at creation since.
    /// - Parameter showsSpecs: whether the caller may see extra specs.
    static func embedded(
        _ json: inout JSONWriter, _ flavor: FlavorSpec, _ request: APIRequest, showsSpecs: Bool
    ) {
        json.object { json in
            guard request.version >= "2.47" else {
                json.field("id", flavor.id)
                json.field("links") { Links.write(&$0, request, bookmark: "flavors/\(flavor.id)") }
                return
            }
            json.field("vcpus", flavor.vcpus)
            json.field("ram", flavor.memoryMiB)
            json.field("disk", flavor.rootGiB)
            json.field("ephemeral", flavor.ephemeralGiB)
            json.field("swap", flavor.swapMiB)
            json.field("original_name", flavor.name)
            if showsSpecs { json.field("extra_specs", flavor.extraSpecs) }
        }
    }
}
