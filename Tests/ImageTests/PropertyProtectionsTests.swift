import Core
import FoundationEssentials
import Glibc
import Testing
import WebAPI

@testable import Image

/// A user cannot set a property that chooses hosts or changes the firmware.
@Suite struct PropertyProtectionsTests {
    private static let file = """
        [^hw_vif_model$]
        create = @
        read = @
        update = @
        delete = @

        [^(hw|os)_]
        create = admin, Operator
        read = @
        update = admin
        delete = !

        [^secret]
        create = admin
        read = admin
        update = admin
        delete = admin

        [^note]
        create = @
        read = @
        update = @
        delete = @
        """

    private func with<T>(_ text: String = file, _ body: (String) throws -> T) throws -> T {
        let path = "/tmp/apus-protections-\(UUID().uuidString.prefix(8)).conf"
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { unlink(path) }
        return try body(path)
    }

    private func context(_ role: String) -> RequestContext { RequestContext(requestID: "r", roles: [role]) }

    private static let byPolicies = """
        [^secret]
        create = image_makers
        read = @
        update = Not_Everybody
        delete = !

        [^note]
        create = @
        read =
        update = @
        delete = @
        """

    @Test func rulesOfThePolicyFileDecideToo() throws {
        let rules = ["image_makers": "role:admin or role:maker", "Not_Everybody": "not role:member"]
        let engine = try PolicyEngine(rules: ImagePolicies.all, overrides: rules)
        let protections = try with(Self.byPolicies) { try PropertyProtections(file: $0, format: .policies) }
        let decided = try protections.decided(by: engine)
        let allowed: [(String, String, [PropertyProtections.Operation])] = [
            ("member", "secret_x", [.read]), ("maker", "secret_x", [.create, .read, .update]),
            ("Admin", "secret_x", [.create, .read, .update]), ("member", "note", [.create, .update, .delete]),
            ("admin", "else", []), ("member", "os_glance_x", PropertyProtections.Operation.allCases),
        ]
        for (role, property, operations) in allowed {
            for operation in PropertyProtections.Operation.allCases {
                #expect(
                    decided.allows(operation, property, context(role)) == operations.contains(operation),
                    "\(role) \(operation) \(property)")
            }
        }
        // Nobody decides yet.
        #expect(!protections.allows(.create, "secret_x", context("admin")))
    }

    @Test func rulesThatThereAreNotAreMistakes() throws {
        let engine = try PolicyEngine(rules: ImagePolicies.all, overrides: [:])
        let protections = try with(Self.byPolicies) { try PropertyProtections(file: $0, format: .policies) }
        #expect(throws: ConfigurationError.self) { try protections.decided(by: engine) }
        let several = Self.byPolicies.replacing("= image_makers", with: "= image_makers, others")
        #expect(throws: ConfigurationError.self) {
            try with(several) { try PropertyProtections(file: $0, format: .policies) }
        }
    }

    @Test func rolesTimesPropertiesTimesOperations() throws {
        let protections = try with { try PropertyProtections(file: $0) }
        let all = PropertyProtections.Operation.allCases
        let allowed: [(String, String, [PropertyProtections.Operation])] = [
            ("member", "hw_vif_model", all), ("member", "hw_firmware_type", [.read]),
            ("member", "os_secure_boot", [.read]), ("member", "secret_x", []), ("member", "note", all),
            ("member", "else", []), ("operator", "hw_firmware_type", [.create, .read]),
            ("admin", "hw_firmware_type", [.create, .read, .update]), ("Admin", "secret_x", all), ("admin", "else", []),
            ("member", "os_glance_importing_to_stores", all),
        ]
        for (role, property, operations) in allowed {
            for operation in all {
                #expect(
                    protections.allows(operation, property, context(role)) == operations.contains(operation),
                    "\(role) \(operation) \(property)")
            }
        }
        #expect(PropertyProtections.none.allows(.create, "hw_firmware_type", context("member")))
    }

    @Test func aPatchKeepsToThem() throws {
        let protections = try with { try PropertyProtections(file: $0) }
        let options: ImageOptions = try Configuration(text: "").read()
        let patch = ImagePatch(schemas: ImageSchemas(options), protections: protections)
        func code(_ role: String, _ operation: String, _ name: String) throws -> ServiceError.Code? {
            var image = Image(id: ImageID("i"), owner: ProjectID("p"), createdAt: Date(timeIntervalSince1970: 0))
            image.properties = ["hw_firmware_type": "bios", "secret_x": "1", "note": "n"]
            let changes = try patch.parse(
                [["op": .string(operation), "path": .string("/" + name), "value": "v"]],
                contentType: ImagePatch.contentTypes[1])
            do {
                try patch.apply(changes, to: &image, isAdmin: role == "admin", context(role))
                return nil
            } catch let error as ServiceError {
                return error.code
            }
        }
        #expect(try code("member", "add", "hw_machine_type") == .forbidden)
        #expect(try code("member", "replace", "hw_firmware_type") == .forbidden)
        #expect(try code("member", "remove", "hw_firmware_type") == .forbidden)
        #expect(try code("member", "replace", "note") == nil)
        // What one may not read is not there.
        #expect(try code("member", "replace", "secret_x") == .conflict)
        #expect(try code("member", "remove", "secret_x") == .conflict)
        #expect(try code("admin", "replace", "hw_firmware_type") == nil)
        #expect(try code("admin", "remove", "hw_firmware_type") == .forbidden)
    }

    @Test func whatMayNotBeReadIsNotShown() throws {
        let protections = try with { try PropertyProtections(file: $0) }
        var image = Image(id: ImageID("i"), owner: ProjectID("p"), createdAt: Date(timeIntervalSince1970: 0))
        image.properties = ["hw_firmware_type": "bios", "secret_x": "1", "else": "e"]
        #expect(protections.readable(image, context("member")).properties == ["hw_firmware_type": "bios"])
        #expect(
            protections.readable(image, context("admin")).properties.keys.sorted() == ["hw_firmware_type", "secret_x"])
    }

    @Test func aFileThatCannotBeUsedKeepsTheDaemonFromStarting() throws {
        for (text, reason) in [
            ("[x]\ncreate = @\nread = @\nupdate = @\n", "does not say who may delete"),
            ("[x]\ncreate = @,!\nread = @\nupdate = @\ndelete = @\n", "exclude each other"),
            ("[(]\ncreate = @\nread = @\nupdate = @\ndelete = @\n", "is no regular expression"),
        ] {
            try with(text) { path in
                let configuration = try Configuration(text: "[image]\nproperty_protection_file = \(path)\n")
                let error = #expect(throws: ConfigurationError.self) { _ = try configuration.read(ImageOptions.self) }
                #expect(error?.message.contains(reason) == true)
            }
        }
        let other = try Configuration(text: "[image]\nproperty_protection_rule_format = groups\n")
        #expect(throws: ConfigurationError.self) { _ = try other.read(ImageOptions.self) }
    }
}
