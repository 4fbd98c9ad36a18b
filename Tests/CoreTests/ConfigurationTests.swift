import Core
import FoundationEssentials
import Testing

private struct SampleOptions: OptionGroup {
    enum Mode: String, CaseIterable, OptionValue { case fast, safe }

    static let group = "sample"
    let name: String
    let size: Int
    let wait: Duration
    let isOn: Bool
    let mode: Mode
    let key: Secret
    let hosts: [String]
    let extra: String?

    init(_ options: inout OptionReader) throws {
        name = try options.value("name", default: "n", help: "A name.")
        size = try options.value("size", default: 4, in: 1...10, help: "A size.")
        wait = try options.value("wait", default: .seconds(30), help: "A time.")
        isOn = try options.value("enabled", default: true, help: "A switch.")
        mode = try options.value("mode", default: .fast, help: "A choice.")
        key = try options.secret("key", default: "", help: "A secret.")
        hosts = try options.list("hosts", default: [], help: "Hosts.")
        extra = try options.optional("extra", String.self, help: "Something else.")
    }
}

private struct RequiredOptions: OptionGroup {
    static let group = "required"
    let token: Secret
    let path: String

    init(_ options: inout OptionReader) throws {
        token = try options.secret("token", help: "A secret.")
        path = try options.required("path", help: "A path.")
    }
}

@Suite struct ConfigurationTests {
    @Test func valuesAreReadByType() throws {
        let options: SampleOptions = try Configuration(
            text: """
                # comment
                [sample]
                name = a = b
                size=7
                wait = 250ms
                enabled = no
                mode = safe
                hosts = a, b,,c
                key = hunter2
                """
        ).read()
        #expect(options.name == "a = b")
        #expect(options.size == 7)
        #expect(options.wait == .milliseconds(250))
        #expect(!options.isOn)
        #expect(options.mode == .safe)
        #expect(options.hosts == ["a", "b", "c"])
        #expect(options.key.reveal() == "hunter2")
        #expect(options.extra == nil)
    }

    @Test func anUnknownKeyNamesTheNearest() throws {
        let configuration = try Configuration(text: "[sample]\nsise = 3")
        _ = try configuration.read(SampleOptions.self)
        let error = #expect(throws: ConfigurationError.self) { try configuration.finish() }
        #expect(error?.message == "[sample] sise is not an option; did you mean 'size'? (set by text:2)")
    }

    @Test func anUnknownGroupNamesTheNearest() throws {
        let configuration = try Configuration(text: "[smaple]\nsize = 3")
        _ = try configuration.read(SampleOptions.self)
        let error = #expect(throws: ConfigurationError.self) { try configuration.finish() }
        #expect(error?.message.contains("did you mean 'sample'") == true)
    }

    @Test func anUnknownVariableIsRefusedInAKnownGroupOnly() throws {
        let wrong = try Configuration(text: "", environment: ["APUS_SAMPLE__SISE": "3"])
        _ = try wrong.read(SampleOptions.self)
        #expect(throws: ConfigurationError.self) { try wrong.finish() }
        let foreign = try Configuration(text: "", environment: ["APUS_OTHER__KEY": "3"])
        _ = try foreign.read(SampleOptions.self)
        try foreign.finish()
    }

    @Test(arguments: ["size = 11", "size = x", "enabled = maybe", "mode = slow", "wait = 3 weeks"])
    func aWrongValueNamesItsOptionAndOrigin(_ line: String) throws {
        let configuration = try Configuration(text: "[sample]\n\(line)")
        let error = #expect(throws: ConfigurationError.self) { try configuration.read(SampleOptions.self) }
        let name = line.split(separator: " ").first.map(String.init) ?? ""
        #expect(error?.message.hasPrefix("[sample] \(name): ") == true)
        #expect(error?.message.hasSuffix("(set by text:2)") == true)
    }

    @Test func strongerSourcesWinAndOriginsAreShown() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/apus-options-\(IDGenerator.random.uuid())"
        try FileManager.default.createDirectory(atPath: "\(folder)/c.conf.d", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data("[sample]\nname = file\nsize = 1\nwait = 1s\nmode = safe\n".utf8).write(
            to: URL(filePath: "\(folder)/c.conf"))
        try Data("[sample]\nname = drop\nsize = 2\nwait = 2s\n".utf8).write(
            to: URL(filePath: "\(folder)/c.conf.d/1.conf"))
        let configuration = try Configuration(
            file: "\(folder)/c.conf", environment: ["APUS_SAMPLE__NAME": "env", "APUS_SAMPLE__SIZE": "3"],
            overrides: ["sample.name=flag"])
        let options: SampleOptions = try configuration.read()
        #expect(options.name == "flag")
        #expect(options.size == 3)
        #expect(options.wait == .seconds(2))
        #expect(options.mode == .safe)
        let text = configuration.printConfig()
        #expect(text.contains("name = flag  # --set\n"))
        #expect(text.contains("size = 3  # environment APUS_SAMPLE__SIZE\n"))
        #expect(text.contains("wait = 2s  # \(folder)/c.conf.d/1.conf:4\n"))
        #expect(text.contains("mode = safe  # \(folder)/c.conf:5\n"))
        #expect(text.contains("enabled = true  # default\n"))
    }

    @Test func secretsAreMaskedWhereverTheyAreShown() throws {
        let configuration = try Configuration(text: "[sample]\nkey = hunter2")
        let options: SampleOptions = try configuration.read()
        #expect("\(options.key)" == "***")
        #expect(String(reflecting: options.key) == "***")
        #expect(!String(reflecting: options).contains("hunter2"))
        #expect(!configuration.printConfig().contains("hunter2"))
        #expect(configuration.printConfig().contains("key = ***  # text:2"))
    }

    @Test func aMissingRequiredOptionIsNamed() throws {
        let configuration = try Configuration(text: "[required]\npath = /x")
        let error = #expect(throws: ConfigurationError.self) { try configuration.read(RequiredOptions.self) }
        #expect(error?.message == "[required] token is required and not set")
    }

    @Test func theSampleAndReferenceNameEveryOption() throws {
        let groups: [any OptionGroup.Type] = [SampleOptions.self, RequiredOptions.self]
        let sample = OptionDocuments.sample("x", groups)
        let reference = OptionDocuments.reference("x", groups)
        for name in ["name", "size", "wait", "enabled", "mode", "key", "hosts", "extra", "token", "path"] {
            #expect(sample.contains("\n#\(name) = "))
            #expect(reference.contains("| `\(name)` |"))
        }
        #expect(sample.contains("# Type: integer, between 1 and 10."))
        // A sample with its comments' values taken is a configuration.
        _ = try Configuration(text: sample)
    }
}
