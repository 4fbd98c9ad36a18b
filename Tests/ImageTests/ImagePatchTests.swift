import Core
import FoundationEssentials
import Testing

@testable import Image

struct ImagePatchTests {
    private let patch: ImagePatch

    init() throws {
        let options: ImageOptions = try Configuration(text: "").read()
        patch = ImagePatch(schemas: ImageSchemas(options))
    }

    private func apply(
        _ changes: JSONValue, to image: Image? = nil, old: Bool = false, isAdmin: Bool = false
    ) throws -> Image {
        var image = image ?? Image(id: ImageID("i"), owner: ProjectID("p"), createdAt: Date(timeIntervalSince1970: 0))
        try patch.apply(
            try patch.parse(changes, contentType: ImagePatch.contentTypes[old ? 0 : 1]), to: &image, isAdmin: isAdmin,
            RequestContext(requestID: "r"))
        return image
    }

    private func code(_ changes: JSONValue, old: Bool = false) -> ServiceError.Code? {
        do {
            _ = try apply(changes, old: old)
            return nil
        } catch {
            return (error as? ServiceError)?.code
        }
    }

    @Test func changesAreMadeInOrder() throws {
        let image = try apply([
            ["op": "replace", "path": "/name", "value": "new"], ["op": "add", "path": "/a~1b", "value": "x"],
            ["op": "replace", "path": "/a~1b", "value": "y"], ["op": "replace", "path": "/tags", "value": ["t", "t"]],
            ["op": "replace", "path": "/visibility", "value": "private"],
            ["op": "replace", "path": "/protected", "value": true],
        ])
        #expect(image.name == "new")
        #expect(image.properties == ["a/b": "y"])
        #expect(image.tags == ["t"])
        #expect(image.visibility == .private)
        #expect(image.isProtected)
    }

    @Test func whatAClientMayNotSetIsRefused() {
        #expect(code([["op": "replace", "path": "/status", "value": "active"]]) == .forbidden)
        #expect(code([["op": "replace", "path": "/checksum", "value": "x"]]) == .forbidden)
        #expect(code([["op": "add", "path": "/os_glance_importing_to_stores", "value": "x"]]) == .forbidden)
        #expect(code([["op": "replace", "path": "/location", "value": "x"]]) == .forbidden)
        #expect(code([["op": "replace", "path": "/owner", "value": "q"]]) == .forbidden)
        #expect(code([["op": "remove", "path": "/name"]]) == .forbidden)
    }

    @Test func missingAndPresentPropertiesAreToldApart() {
        #expect(code([["op": "replace", "path": "/absent", "value": "x"]]) == .conflict)
        #expect(code([["op": "remove", "path": "/absent"]]) == .conflict)
        #expect(code([["add": "/name", "value": "x"]], old: true) == .conflict)
        #expect(code([["add": "/fresh", "value": "x"]], old: true) == nil)
    }

    @Test func malformedPatchesAre400() {
        let bad: [JSONValue] = [
            ["a": 1], [1], [["op": "move", "path": "/a"]], [["op": "add", "path": "a", "value": "x"]],
            [["op": "add", "path": "/a/b", "value": "x"]], [["op": "add", "path": "/a~2", "value": "x"]],
            [["op": "add", "path": "/"]], [["op": "add", "path": "/a"]], [["op": "add", "path": "/a", "value": 3]],
            [["op": "replace", "path": "/disk_format", "value": "floppy"]],
            [["op": "replace", "path": "/min_disk", "value": -1]],
        ]
        for changes in bad { #expect(code(changes) == .badRequest, "\(changes.jsonText)") }
    }

    @Test func rangesAreReadAsHTTPHasThem() throws {
        #expect(try ByteRange.parse("bytes=0-4", size: 10) == 0..<5)
        #expect(try ByteRange.parse("bytes=5-", size: 10) == 5..<10)
        #expect(try ByteRange.parse("bytes=-3", size: 10) == 7..<10)
        #expect(try ByteRange.parse("bytes=5-100", size: 10) == 5..<10)
        for bad in ["bytes=10-", "bytes=5-4", "bytes=a-b", "items=0-1", "bytes=0-1,3-4", "bytes=-0"] {
            #expect(throws: ServiceError.self) { try ByteRange.parse(bad, size: 10) }
        }
    }
}
