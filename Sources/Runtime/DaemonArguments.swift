/// What every daemon's command line says.
struct DaemonArguments: Equatable {
    enum Action: Equatable { case run, printConfig, printSample, printReference, version, help }

    var action = Action.run
    var file: String?
    var dropIn: String?
    var overrides: [String] = []

    static func usage(_ name: String) -> String {
        """
        Usage: \(name) --config FILE [--config-dir FOLDER] [--set GROUP.NAME=VALUE]…

          --config FILE        the configuration file; FILE.d/*.conf is read after it
          --config-dir FOLDER  another folder of *.conf files to read after it
          --set G.N=VALUE      sets one option, over the files and the environment (APUS_G__N)
          --print-config       shows every option's value and where it came from, and ends
          --print-sample       writes a sample configuration file, and ends
          --print-reference    writes the options' reference page in Markdown, and ends
          --version            shows the version, and ends
          --help               shows this text, and ends
        """
    }

    /// - Throws: `UsageError` with the sentence to show.
    init(_ words: [String]) throws {
        var rest = words[...]
        func value(of flag: String) throws -> String {
            guard let next = rest.popFirst() else { throw UsageError(message: "\(flag) needs a value") }
            return next
        }
        while let word = rest.popFirst() {
            switch word {
            case "--config": file = try value(of: word)
            case "--config-dir": dropIn = try value(of: word)
            case "--set": overrides.append(try value(of: word))
            case "--print-config": action = .printConfig
            case "--print-sample": action = .printSample
            case "--print-reference": action = .printReference
            case "--version": action = .version
            case "--help", "-h": action = .help
            default: throw UsageError(message: "unknown argument \(word)")
            }
        }
    }
}

struct UsageError: Error {
    let message: String
}
