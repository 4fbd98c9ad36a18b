import Core
import Testing

private struct SampleOptions: OptionGroup {
    static let group = "sample"
    let workers: Int
    let timeout: Duration
    let password: Secret
    let zones: [String]

    init(_ options: inout OptionReader) throws {
        workers = try options.value("workers", default: 4, in: 1...64, help: "Threads.")
        timeout = try options.value("timeout", default: .seconds(30), help: "How long to wait.")
        password = try options.secret("password", default: "", help: "Shown to nobody.")
        zones = try options.list("zones", default: ["nova"], help: "Zones.")
    }
}

@Suite struct ConfigurationTests {
    private func problem(_ text: String, environment: [String: String] = [:]) -> String? {
        do {
            let configuration = try Configuration(text: text, environment: environment)
            _ = try configuration.read(SampleOptions.self)
            try configuration.finish()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func valuesAreTypedAndDefaulted() throws {
        let configuration = try Configuration(text: "[sample]\ntimeout = 250ms\nzones = a, b\n# remark\n")
        let options = try configuration.read(SampleOptions.self)
        #expect(options.workers == 4)
        #expect(options.timeout == .milliseconds(250))
        #expect(options.zones == ["a", "b"])
    }

    @Test func theEnvironmentIsStrongerThanTheFile() throws {
        let configuration = try Configuration(
            text: "[sample]\nworkers = 2\n", environment: ["APUS_SAMPLE__WORKERS": "8"])
        #expect(try configuration.read(SampleOptions.self).workers == 8)
        #expect(configuration.printConfig().contains("workers = 8  # environment APUS_SAMPLE__WORKERS"))
    }

    @Test func anUnknownKeyNamesTheNearestKnownOne() {
        #expect(problem("[sample]\nworker = 2\n")?.contains("did you mean 'workers'?") == true)
        #expect(problem("[sampel]\nworkers = 2\n")?.contains("did you mean 'sample'?") == true)
        #expect(problem("", environment: ["APUS_SAMPLE__WORKER": "1"])?.contains("APUS_SAMPLE__WORKERS") == true)
    }

    @Test func aBadValueNamesItsOrigin() {
        let text = problem("[sample]\nworkers = many\n")
        #expect(text?.contains("workers") == true && text?.contains("'many'") == true && text?.contains(":2") == true)
        #expect(problem("[sample]\nworkers = 65\n")?.contains("between 1 and 64") == true)
    }

    @Test func secretsAreNotShown() throws {
        let configuration = try Configuration(text: "[sample]\npassword = hunter2\n")
        let options = try configuration.read(SampleOptions.self)
        #expect(options.password.reveal() == "hunter2")
        #expect(!"\(options.password) \(String(reflecting: options))".contains("hunter2"))
        #expect(!configuration.printConfig().contains("hunter2"))
    }

    @Test func theSampleFileIsAcceptedAsItIs() throws {
        let sample = OptionDocuments.sample("test", [SampleOptions.self])
        #expect(sample.contains("#workers = 4"))
        #expect(problem(sample) == nil)
    }
}
